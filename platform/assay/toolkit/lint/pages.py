"""Where the page of each rule is, from a checkout and from an installed package."""

import re
from pathlib import Path

from assay.domain.errors import BadInput, PlatformFault

_HERE = Path(__file__).resolve().parent
_MARKS = re.compile(r"<!--.*?-->\n{1,2}", re.DOTALL)
_PLACES = (_HERE.parents[3] / "docs" / "lint", _HERE / "pages")
INDEX = "README"


def page_of(rule: str) -> str:
    """The page of a rule as Markdown; the list of all rules for "all".

    Raises:
        BadInput: there is no such rule.
        PlatformFault: the pages were not installed.
    """
    folder = pages()
    page = folder / f"{INDEX if rule == 'all' else rule}.md"
    if not page.is_file():
        known = ", ".join(sorted(one.stem for one in folder.glob("*.md") if one.stem != INDEX))
        raise BadInput(f"there is no rule {rule!r}; the rules are: {known}")
    return _MARKS.sub("", page.read_text())


def pages() -> Path:
    """The folder of the pages.

    Raises:
        PlatformFault: they were not installed.
    """
    found = next((place for place in _PLACES if (place / f"{INDEX}.md").is_file()), None)
    if found is None:
        raise PlatformFault(
            "the pages of the rules are not installed", remedy="install assay from its wheel again"
        )
    return found
