"""A scrape's record says when the question was asked, and not only when it was due."""

from assay_probe.plan import ScrapeSpec
from assay_probe.reply import Reply
from assay_probe.scraped import scraped

SPEC = ScrapeSpec("http://127.0.0.1:1", "/metrics", timeout_s=2.0)


def test_a_question_asked_late_is_told_apart_from_an_answer_that_took_long() -> None:
    reply = Reply(200, {}, b"a 1\n", "", "", started_s=10.3, ended_s=10.5)
    record = scraped(SPEC, 4, 10.0, reply, overspent=False)

    assert (record.late_s, record.took_s) == (0.3, 0.2)
    assert (record.started_s, record.ended_s) == (10.3, 10.5)
