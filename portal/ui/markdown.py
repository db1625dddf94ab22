"""Markdown in comments as Dash components: no HTML is ever made of it or taken from it.

(A dashboard's texts are `portal.boards.markdown`'s: they hold HTML that is meant, and break lines as Markdown does.)
CommonMark by markdown-it, with tables and kept line breaks. Raw HTML stays text; links lead to http, https and mailto
only, in a new tab that knows nothing of this one; an image is a link, so that looking at a comment tells nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from dash import html
from dash.development.base_component import Component

from portal.ui.elements import Child

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

LONGEST = 20_000
"""Characters that are read as Markdown; what follows is shown as it is."""
DEEPEST = 20
"""Levels of lists and quotes in each other; what goes deeper is shown as it is."""
_SCHEMES = ("http://", "https://", "mailto:")
_PLAIN: dict[str, Callable[[list[Child]], Component]] = {
    "paragraph": html.P,
    "blockquote": html.Blockquote,
    "bullet_list": html.Ul,
    "list_item": html.Li,
    "em": html.Em,
    "strong": html.Strong,
    "s": html.S,
    "table": html.Table,
    "thead": html.Thead,
    "tbody": html.Tbody,
    "tr": html.Tr,
    "td": html.Td,
}
# A heading in a comment is below every heading of the page.
_HEADINGS = {"h1": html.H4, "h2": html.H5}


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST})
    return made.enable(["table", "strikethrough"])


def draw(text: str) -> Component:
    """The text in a box of class `markdown`."""
    tokens = _reader().parse(text[:LONGEST])
    if any(token.level >= DEEPEST - 1 for token in tokens):
        # The reader leaves out what lies deeper.
        return html.Div(html.P(text, className="markdown-rest"), className="markdown")
    from markdown_it.tree import SyntaxTreeNode

    tree = SyntaxTreeNode(tokens)
    rest = [html.P(text[LONGEST:], className="markdown-rest")] if len(text) > LONGEST else []
    return html.Div([*_all(tree), *rest], className="markdown")


def _all(node: SyntaxTreeNode) -> list[Child]:
    return [drawn for child in node.children for drawn in _one(child)]


def _one(node: SyntaxTreeNode) -> list[Child]:
    kind = node.type
    if kind in ("text", "html_inline", "html_block", "text_special"):
        return [node.content]
    if kind in ("softbreak", "hardbreak"):
        return [html.Br()]
    if kind == "inline":
        return _all(node)
    if kind == "code_inline":
        return [html.Code(node.content)]
    if kind in ("code_block", "fence"):
        return [html.Pre(html.Code(node.content))]
    if kind == "hr":
        return [html.Hr()]
    if kind == "heading":
        return [_HEADINGS.get(node.tag, html.H6)(_all(node))]
    if kind == "ordered_list":
        return [html.Ol(_all(node), start=str(node.attrs.get("start", 1)))]
    if kind == "th":
        return [html.Th(_all(node), scope="col")]
    if kind == "link":
        return [_link(str(node.attrs.get("href", "")), _all(node))]
    if kind == "image":
        return [_link(str(node.attrs.get("src", "")), [node.content or "image"])]
    if kind in _PLAIN:
        return [_PLAIN[kind](_all(node))]
    return _all(node) if node.children else [node.content]


def _link(href: str, shown: list[Child]) -> Component:
    if not href.lower().startswith(_SCHEMES):
        return html.Span(shown)
    return html.A(shown, href=href, target="_blank", rel="noopener noreferrer nofollow")
