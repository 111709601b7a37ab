"""Pages as a test reads them, and what nobody should be able to do to one."""

from html.parser import HTMLParser

HOSTILE = (
    "<script>alert(1)</script>\"' onload='x' {{ 7*7 }} $\\frac{1}$ </text></svg>\x1b[31m\u202e"
)
LONG = "A" * 50_000


class Page(HTMLParser):
    """Collects the tags, ids and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
