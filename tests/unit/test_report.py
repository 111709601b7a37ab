"""The report is one safe file: nothing hostile gets through, nothing outside is needed."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import pytest
from tests.fakes.evidence import (
    GOOD,
    POOR,
    ended,
    make_build,
    make_contract,
    make_evidence,
    make_host,
    make_load,
    make_poor_evidence,
    make_test,
    make_unbuilt_evidence,
)

from assay.domain.evidence import Evidence, Submission
from assay.domain.judge import rescore
from assay.features.scorecards.report import render_report
from assay.features.scorecards.wording import excerpt, figure, meaning, printable, seconds

HOSTILE = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>"
    "\"' onmouseover='x' {{ 7*7 }} </pre></style></svg>\x1b[31mred\x1b[0m\x00\u202egnp.exe"
)
VOID = {"meta", "link", "br", "img", "input", "hr", "path", "rect", "use"}


class Page(HTMLParser):
    """Collects what matters about a page, and checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]


def hostile_evidence() -> Evidence:
    tests = (make_test(HOSTILE, "input_validation", passed=False, message=HOSTILE),)
    contract = make_contract(POOR)
    return make_poor_evidence(
        submission=Submission(label=HOSTILE, kind="path"),
        service_log=HOSTILE,
        build=make_build(POOR).model_copy(update={"log": HOSTILE, "user": HOSTILE}),
        contract=contract.model_copy(
            update={"log_excerpt": HOSTILE, "tests": contract.tests + tests}
        ),
        stages=ended("shutdown", message=HOSTILE),
    )


def without_load() -> Evidence:
    return make_evidence(load=None, samples=(), service_log="")


def on_the_local_engine() -> Evidence:
    host = make_host(engine="local", missing_capabilities=("network isolation",))
    return make_poor_evidence(host=host)


def void_evidence() -> Evidence:
    return make_evidence(stages=ended("boot", "platform_fault", then="platform_fault"))


@cache
def page_of(make: Callable[[], Evidence]) -> Page:
    evidence = make()
    return Page(render_report(evidence, rescore(evidence)))


every_kind = pytest.mark.parametrize(
    "make",
    [
        make_evidence,
        make_poor_evidence,
        make_unbuilt_evidence,
        hostile_evidence,
        without_load,
        on_the_local_engine,
        void_evidence,
    ],
)


@every_kind
def test_a_report_is_well_formed_and_its_ids_are_unique(make: Callable[[], Evidence]) -> None:
    page = page_of(make)

    assert page.open == []
    assert [name for name, count in Counter(page.ids()).items() if count > 1] == []


@every_kind
def test_a_report_runs_nothing_and_fetches_nothing(make: Callable[[], Evidence]) -> None:
    page = page_of(make)

    assert {tag for tag, _ in page.tags} & {"script", "iframe", "object", "link", "img"} == set()
    for _, attrs in page.tags:
        assert not any(name.startswith("on") for name in attrs)
        assert not {"src", "srcset", "data", "action", "xmlns"} & set(attrs)
        assert (attrs.get("href") or "#").startswith("#")
        assert not re.search(r"url\((?!#)", attrs.get("style") or "")


@every_kind
def test_every_link_and_label_leads_somewhere(make: Callable[[], Evidence]) -> None:
    page = page_of(make)
    links = {(attrs.get("href") or "").removeprefix("#") for _, attrs in page.tags}
    labels = {n for _, attrs in page.tags for n in (attrs.get("aria-labelledby") or "").split()}

    assert (links | labels) - {""} <= set(page.ids())


def test_hostile_text_is_shown_as_text() -> None:
    evidence = hostile_evidence()
    html = render_report(evidence, rescore(evidence))

    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert not re.search("[\x00\x1b\u202e]", html)


def test_the_page_forbids_scripts_and_requests_itself() -> None:
    metas = [attrs for tag, attrs in page_of(make_evidence).tags if tag == "meta"]

    policy = next(m["content"] for m in metas if m.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_same_evidence_gives_the_same_bytes() -> None:
    evidence = make_poor_evidence()

    assert render_report(evidence, rescore(evidence)) == render_report(evidence, rescore(evidence))


def test_the_page_has_a_language_landmarks_and_one_main_heading() -> None:
    tags = page_of(make_evidence).tags
    names = Counter(tag for tag, _ in tags)

    assert ("html", {"lang": "en"}) in tags
    assert all(names[landmark] == 1 for landmark in ("header", "main", "footer", "nav", "h1"))


def test_every_plot_has_a_title_a_description_and_its_figures() -> None:
    tags = page_of(make_evidence).tags
    names = Counter(tag for tag, _ in tags)
    drawn = [attrs for tag, attrs in tags if tag == "svg" and "aria-labelledby" in attrs]

    assert len(drawn) == names["figure"] == 8
    assert names["desc"] == names["figcaption"] == 8
    assert names["details"] >= 6


def test_a_plot_without_figures_is_left_out() -> None:
    silent = make_load(POOR, slices=(), hdr={}, tiers=())

    evidence = make_evidence(load=silent, samples=(), capacity=None)
    names = Counter(tag for tag, _ in page_of(lambda: evidence).tags)

    assert names["figure"] == 1


def test_the_total_and_what_it_means_are_on_the_page() -> None:
    text = " ".join(page_of(make_poor_evidence).text)

    assert "13.7" in text
    assert "95 % interval 13.3 to 14.0" in text
    assert "Not ready" in text


def test_what_was_not_measured_is_loud() -> None:
    stages = ended("capacity", "not_possible", message="no CPU counters here", then="done")

    text = " ".join(page_of(lambda: make_evidence(stages=stages)).text)

    assert "This score is partial: 16 points were not measured" in text
    assert "No CPU counters here." in text


def test_a_void_score_is_said_and_not_drawn() -> None:
    assert "There is no score" in page_of(void_evidence).text


def test_the_local_engine_is_loud() -> None:
    text = " ".join(page_of(on_the_local_engine).text)

    assert "Measured with the local engine: weaker isolation" in text


def test_a_failed_gate_explains_the_zero() -> None:
    headline, words = meaning(rescore(make_unbuilt_evidence()))

    assert headline == "Not ready"
    assert "The image builds" in words


def test_terminal_codes_vanish_and_hidden_characters_show() -> None:
    assert printable("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\r\ny\x00\u202e") == "red x\ny��"


def test_a_long_log_keeps_its_head_and_its_tail() -> None:
    short = excerpt("a" + "x" * 50_000 + "z")

    assert len(short) < 6100
    assert (short[0], short[-1]) == ("a", "z")
    assert "44,002 characters left out" in short


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.9999, "share", "99.9 %"),
        (1, "share kept out", "100 %"),
        (0.29, "share", "29 %"),
        (1.4231, "x", "1.42 x"),
        (1052.4, "MiB above the base image", "1,052 MiB above the base image"),
        (float("inf"), "s", "∞ s"),
    ],
)
def test_a_figure_reads_as_people_write_it(value: float, unit: str, shown: str) -> None:
    assert figure(value, unit) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.4, "0.4 s"), (31.2, "31 s"), (191, "3 min 11 s")])
def test_a_duration_reads_as_people_say_it(value: float, shown: str) -> None:
    assert seconds(value) == shown


def test_a_good_service_looks_good() -> None:
    assert meaning(rescore(make_evidence(GOOD)))[0] == "Ready for production"
