"""The scorecard on paper: a page that needs nothing beside itself, and a PDF of it."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.web import Site, words

from assay.adapters import paper
from assay.domain.errors import PlatformFault
from assay_sandbox.doctor.tool_checks import PDF_TRIAL

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
LACKING = subprocess.run([sys.executable, "-c", PDF_TRIAL], capture_output=True, text=True).stdout
needs_pdf = pytest.mark.skipif(bool(LACKING.strip()), reason=f"to have PDFs: {paper.INSTALL}")


def judged(site: Site) -> str:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id))
    return assessment_id


def test_the_page_to_print_has_every_line_and_fetches_nothing(
    site: Site, alice: TestClient
) -> None:
    page = alice.get(f"/hiring/assessments/{judged(site)}/paper")

    assert page.status_code == 200
    assert "Dana" in page.text
    assert re.findall(r"(?:src|href|url)\s*[=(]", page.text) == []
    assert "sandbox" in page.headers["content-security-policy"]
    assert page.text.count('class="line"') > 5


def test_without_the_name_it_names_nobody(site: Site, alice: TestClient) -> None:
    page = alice.get(f"/hiring/assessments/{judged(site)}/paper?anonymous=true").text

    assert "Dana" not in page
    assert "dana@example.com" not in page


def test_without_a_result_there_is_no_paper(site: Site, alice: TestClient) -> None:
    assert alice.get(f"/hiring/assessments/{site.house.started()}/paper").status_code == 404


def test_where_no_pdf_can_be_made_the_page_says_what_to_do(
    site: Site, alice: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "find_spec", lambda _: None)
    assessment_id = judged(site)
    page = words(alice.get(f"/hiring/assessments/{assessment_id}/documents").text)
    answer = alice.get(f"/hiring/assessments/{assessment_id}/scorecard.pdf")

    assert "pip install 'assay[pdf]'" in page
    assert "libpango-1.0-0" in page
    assert "Download as PDF" not in page
    assert answer.status_code == 503
    assert "print the page with your browser" in answer.text


@needs_pdf
def test_a_pdf_is_made_of_the_page(site: Site, alice: TestClient) -> None:
    answer = alice.get(f"/hiring/assessments/{judged(site)}/scorecard.pdf")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert "Dana" not in answer.headers["content-disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert len(answer.content) > 5_000


@needs_pdf
def test_a_page_that_is_printed_fetches_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret of this machine")
    page = (
        f'<h1>A page</h1><img src="file://{secret}"><link rel="attachment" href="file://{secret}">'
        '<img src="http://127.0.0.1:9/x.png"><style>@import url("http://127.0.0.1:9/x.css");</style>'
    )
    began_s = time.monotonic()
    made = paper.pdf_of(page)

    assert b"a secret of this machine" not in made
    assert b"EmbeddedFile" not in made
    assert time.monotonic() - began_s < paper.RENDER_S


def test_what_takes_too_long_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "why_no_pdf", lambda: "")
    monkeypatch.setattr(paper, "PROGRAM", ("-c", "import time; time.sleep(60)"))
    with pytest.raises(PlatformFault, match=r"took longer than 0\.05 s"):
        paper.pdf_of("<p>a page</p>", limit_s=0.05)


def test_only_a_few_wait_for_a_pdf_and_whoever_comes_then_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of them holds a thread of the pages."""
    monkeypatch.setattr(paper, "why_no_pdf", lambda: "")
    taken = 0
    while paper._bench.acquire(blocking=False):
        taken += 1
    began_s = time.monotonic()
    try:
        with pytest.raises(PlatformFault, match="too many PDFs"):
            paper.pdf_of("<p>a page</p>")
    finally:
        for _ in range(taken):
            paper._bench.release()

    assert taken == 1 + paper.WAITING_MAX
    assert time.monotonic() - began_s < 5


def test_what_a_pdf_needs_is_pinned_with_hashes_and_changes_nothing_else() -> None:
    pins = {name: pinned(name) for name in ("runtime", "pdf")}
    text = (REQUIREMENTS / "pdf.txt").read_text()

    assert "weasyprint" in pins["pdf"]
    assert pins["runtime"].items() <= pins["pdf"].items()
    assert re.findall(r"^[a-z0-9._-]+==\S+$", text, re.MULTILINE) == [], "without a hash"
    assert "://" not in text


def pinned(name: str) -> dict[str, str]:
    text = (REQUIREMENTS / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))
