"""Labels that hold HTML, as the plain text that our pages show."""

import html
import re
from html.parser import HTMLParser

_TAGS = (
    "a|abbr|b|big|blockquote|body|br|center|code|dd|div|dl|dt|em|embed|figure|font|form|h[1-6]|"
    "head|hr|html|i|iframe|img|input|ins|label|li|link|meta|object|ol|p|pre|s|script|small|span|"
    "strike|strong|style|sub|sup|svg|table|tbody|td|tfoot|th|thead|tr|u|ul|video|audio"
)
_TAG = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>|<!--", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_LINES = {"blockquote", "br", "dd", "div", "dt", "hr", "ol", "p", "pre", "table", "tr", "ul"} | {
    f"h{level}" for level in range(1, 7)
}
_UNSEEN = {"script", "style", "head", "object", "iframe", "svg"}
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


def is_markup(text: str) -> bool:
    return bool(_TAG.search(text) or _ENTITY.search(text))


def plain_text(text: str) -> str:
    """Return what a person reads; scripts and styles are not read. Text without HTML stays."""
    if not _TAG.search(text):
        return html.unescape(text) if _ENTITY.search(text) else text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.parts).splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def escaped(text: str) -> str:
    """Return the text so that `plain_text` gives it back."""
    return html.escape(text, quote=False) if is_markup(text) else text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen_depth += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _LINES:
            self.parts.append("\n")
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen_depth = max(0, self.unseen_depth - 1)
        elif tag in _LINES - {"br"}:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.unseen_depth:
            self.parts.append(data)
