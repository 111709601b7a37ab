"""Only addresses that were looked at are sent to."""

import pytest

from assay.domain.errors import BadInput
from assay.features.integrations.addresses import Address, address_of, may_call_back, shown

PINNED = ("*.greenhouse.io",)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.greenhouse.io/integrations/testing_partners/take_home_tests/12345",
        "https://app.eu.greenhouse.io/x?y=1",
        "https://APP.Greenhouse.IO:443/x",
    ],
)
def test_a_result_may_be_told_where_the_vendor_is(url: str) -> None:
    assert may_call_back(url, PINNED)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/",
        "https://greenhouse.io.evil.example.com/",
        "https://evilgreenhouse.io/",
        "https://greenhouse.io/",
        "http://app.greenhouse.io/",
        "https://app.greenhouse.io:8443/",
        "https://app.greenhouse.io@evil.example.com/",
        "https://evil.example.com\\@app.greenhouse.io/",
        "https://evil.example.com#@app.greenhouse.io/",
        "https://evil.example.com?.greenhouse.io",
        "https://user:password@app.greenhouse.io/",
        "https://app.greenhouse.io./",
        "https://app.greenhouse.io\n.evil.example.com/",
        "https://[::1]/",
        "https://127.0.0.1/",
        "//app.greenhouse.io/",
        "file://app.greenhouse.io/etc/passwd",
        "gopher://app.greenhouse.io/",
        "https://",
        "https://[",
        "https://app.greenhouse.io:port/",
        "",
    ],
)
def test_a_result_is_told_nowhere_else(url: str) -> None:
    assert not may_call_back(url, PINNED)


def test_a_host_with_a_port_is_that_port_alone() -> None:
    hosts = ("127.0.0.1:8080",)

    assert may_call_back("http://127.0.0.1:8080/x", hosts, plain=True)
    assert not may_call_back("http://127.0.0.1:8081/x", hosts, plain=True)
    assert not may_call_back("http://127.0.0.1:8080/x", hosts), "http is for one's own networks"


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "https://user@example.com/", "https://exa mple.com/", "ftp://a/",
     "https://ex\u00e4mple.com/", "https://example.com/\x00", "https://e.com/" + "x" * 2000,
     "example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(BadInput):
        address_of(url)


def test_an_address_is_taken_apart_once() -> None:
    found = address_of("https://Hooks.Example.com:8443/a/b?c=d#e")

    assert found == Address("https", "hooks.example.com", 8443, "/a/b?c=d")
    assert found.authority == "hooks.example.com:8443"


def test_a_number_in_brackets_is_named_in_brackets() -> None:
    assert address_of("https://[2001:db8::1]/").authority == "[2001:db8::1]"


def test_lists_show_the_host_of_an_address_and_not_its_secret() -> None:
    assert shown("https://hooks.example.com/services/T0/B0/secret") == "hooks.example.com"
    assert shown("https://[") == shown("") == ""
