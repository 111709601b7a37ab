"""Settings that make no sense are named, and the secret that is made is whole."""

import os
from pathlib import Path

import pytest

from assay.bootstrap.settings import SECRET_FILE, read_settings, with_secret
from assay.domain.errors import BadInput


@pytest.mark.parametrize("name", ["ASSAY_PUBLIC_URL", "ASSAY_SMTP_URL"])
@pytest.mark.parametrize("rest", ["[::1", "host.example:port", "host.example:99999"])
def test_an_address_that_cannot_be_taken_apart_is_named(name: str, rest: str) -> None:
    scheme = "smtp" if name == "ASSAY_SMTP_URL" else "http"

    with pytest.raises(BadInput, match=name):
        read_settings({name: f"{scheme}://{rest}"})


@pytest.mark.parametrize("given", ["", "smtp://mail.example", "smtps://u:p@mail.example:465"])
def test_addresses_of_mail_servers_that_are_fine(given: str) -> None:
    assert read_settings({"ASSAY_SMTP_URL": given}).smtp_url == given


def test_the_secret_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    settings = read_settings({"ASSAY_HOME": str(tmp_path)})
    made = with_secret(settings)

    assert len(made) >= 32
    assert with_secret(settings) == made
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_of_two_that_make_the_secret_at_once_both_have_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_settings({"ASSAY_HOME": str(tmp_path)})
    link, theirs = os.link, "made by another process " * 2

    def too_late(draft: Path, path: Path) -> None:
        path.write_text(theirs)
        link(draft, path)

    monkeypatch.setattr(os, "link", too_late)

    assert with_secret(settings) == theirs.strip()
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]
