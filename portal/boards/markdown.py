"""Markdown of a dashboard's texts: read by markdown-it-py, cleaned by nh3, and handed on as a tree of what is left.

Of HTML a list of elements is left, without styles, classes and ids. Nothing is fetched by it: a picture of another
site becomes a link to it, or goes where it is HTML, as the pixels that count viewers are.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

LONGEST = 200_000
"""Characters that are read; of a longer text the beginning, and it is said."""
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "center", "code", "dd", "del", "div", "dl", "dt", "em", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strike",
    "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "td": {"colspan", "rowspan"}}
_PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")
_ADDRESSES = ("http://", "https://", "mailto:")
_EMPTY = frozenset({"br", "hr", "img"})


@dataclass(frozen=True)
class Element:
    """An HTML element of the list above; `parts` are elements and plain texts."""

    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Element | str, ...] = ()


@dataclass(frozen=True)
class Markdown:
    parts: tuple[Element | str, ...]
    is_cut: bool = False


def read(text: str) -> Markdown:
    """A text's Markdown as elements.

    >>> read("**a** <img src='https://tracker.example/p.gif' width=1> <script>x</script>").parts
    (Element(tag='p', attributes=(), parts=(Element(tag='strong', attributes=(), parts=('a',)), ' ', ' ')),)
    """
    tree = _Tree()
    tree.feed(cleaned(_renderer().render(text[:LONGEST])))
    tree.close()
    return Markdown(tree.parts(), len(text) > LONGEST)


def cleaned(markup: str) -> str:
    """HTML of which nothing is left but the list's elements."""
    return nh3.clean(
        markup,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        clean_content_tags={"script", "style", "title", "iframe", "object", "noscript", "template"},
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if value.strip().lower().startswith(_ADDRESSES) else None
    if name == "src":
        return value if value.startswith(_PICTURES) else None
    if name in {"colspan", "rowspan", "start"}:
        return value if value.isdecimal() and len(value) < 4 else None
    return value[:1_000]


@cache
def _renderer() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable(["table", "strikethrough"])
    made.add_render_rule("image", _image)
    made.core.ruler.push("headings", _lower)
    return made


def _lower(state: StateCore) -> None:
    """Below the page's own heading."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """A picture in the text itself stays; of another site's, a link."""
    source = str(tokens[at].attrGet("src") or "")
    shown = html.escape(renderer.renderInlineAsText(tokens[at].children or [], options, env), quote=True)
    if source.startswith(_PICTURES):
        return f'<img src="{html.escape(source)}" alt="{shown}">'
    return f'<a href="{html.escape(source)}">{shown or "Picture"}</a>'


@dataclass
class _Open:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    parts: list[Element | str] = field(default_factory=list)


class _Tree(HTMLParser):
    """Elements out of cleaned HTML, which is well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [_Open("", ())]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = tuple(_kept(tag, attrs))
        if tag in _EMPTY:
            if tag != "img" or any(name == "src" for name, _ in attributes):
                self._open[-1].parts.append(Element(tag, attributes))
            return
        self._open.append(_Open(tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            done = self._open.pop()
            self._open[-1].parts.append(Element(done.tag, done.attributes, tuple(done.parts)))

    def handle_data(self, data: str) -> None:
        if data.strip() or (data and self._open[-1].parts and "\n" not in data):
            self._open[-1].parts.append(data)

    def parts(self) -> tuple[Element | str, ...]:
        while len(self._open) > 1:
            self.handle_endtag(self._open[-1].tag)
        return tuple(self._open[0].parts)


def _kept(tag: str, attrs: list[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    for name, value in attrs:
        if name in _ATTRIBUTES.get(tag, ()) or (tag == "a" and name == "rel"):
            yield name, value or ""
