"""A brief becomes a page that does nothing but show it."""

import re

from assay.web.briefs import brief_of


def test_html_in_a_brief_is_shown_and_not_run() -> None:
    brief = brief_of("# T\n\nIt says <script>alert(1)</script> and <b>bold</b>.\n")

    assert "<script>" not in brief.html
    assert "&lt;script&gt;" in brief.html
    assert "<b>" not in brief.html


def test_links_that_run_something_are_no_links() -> None:
    brief = brief_of("[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x)\n")

    assert "<a " not in brief.html


def test_the_marks_of_generated_tables_do_not_show() -> None:
    brief = brief_of(
        "# T\n\n<!-- bands -->\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n<!-- end bands -->\n"
    )

    assert "bands" not in brief.html
    assert "<table>" in brief.html


def test_right_aligned_columns_need_no_inline_style() -> None:
    brief = brief_of("| a | b |\n|---|--:|\n| 1 | 2 |\n")

    assert "style=" not in brief.html
    assert 'class="right"' in brief.html


def test_every_heading_has_an_anchor_of_its_own() -> None:
    brief = brief_of(
        "# Title\n\n## `POST /v1/score`\n\n## The story\n\n### The story\n\n## \u4e2d\n"
    )

    assert brief.title == "Title"
    assert [(h.level, h.anchor) for h in brief.contents] == [
        (2, "post-v1-score"),
        (2, "the-story"),
        (3, "the-story-2"),
        (2, "part"),
    ]
    assert all(f'id="{h.anchor}"' in brief.html for h in brief.contents)


def test_links_out_do_not_tell_where_from() -> None:
    assert 'rel="noreferrer noopener"' in brief_of("[x](https://example.org)").html


def test_what_is_wide_scrolls_in_a_box_that_keys_reach() -> None:
    brief = brief_of("# T\n\n| a |\n|---|\n| 1 |\n\n```json\n{}\n```\n")

    boxes = re.findall(r'<div class="scroll" tabindex="0">\s*<(table|pre)>', brief.html)
    assert boxes == ["table", "pre"]
    assert brief.html.count("</div>") == 2
