"""SQL laid out anew: every token and every comment as it was, only white space and the case of keywords change.

What is laid out is read again and held against what was there. A statement of which a token or a comment would change,
or whose parentheses or strings do not close, stays as it is, and so does a compound statement (`BEGIN … END`).
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks import sqltext
from portal.databricks.sqllayout import Unclear, laid_out, words
from portal.databricks.sqllexer import code, tokens
from portal.viewer.errors import StatementFailed

MAX = 100_000
"""Characters of a text that is laid out."""
MOST_WORDS = 15_000
"""Words, signs and literals in it."""


@dataclass(frozen=True)
class Formatted:
    """`left`: how many statements stayed as they were because they are not understood."""

    sql: str
    left: int


def formatted(text: str) -> Formatted:
    """The text with each statement laid out. Raises `StatementFailed` where it is too long."""
    if len(text) > MAX:
        raise StatementFailed(f"Only texts of up to {MAX:,} characters are formatted.")
    if sum(token.end - token.start if token.kind == "literals" else 1 for token in code(text)) > MOST_WORDS:
        raise StatementFailed(f"Only texts of up to {MOST_WORDS:,} words and signs are formatted.")
    if any(token.kind == "unclosed" for token in tokens(text)):
        return Formatted(text, 1)
    found, left, at = "", 0, 0
    pieces = sqltext.split(text)
    for piece in pieces:
        between = text[at : piece.start]
        laid = _one(piece.text)
        left += laid is None
        found += _between(between, bool(found)) + (piece.text if laid is None else laid)
        at = piece.end
    found += _between(text[at:], bool(found), last=True)
    # A comment that ends in a backslash would take the line break that is new behind it, and what comes after.
    return Formatted(found, left) if _comments(found) == _comments(text) else Formatted(text, max(len(pieces), 1))


def _comments(text: str) -> list[str]:
    return [text[token.start : token.end] for token in tokens(text) if token.kind in {"line", "block"}]


def _one(text: str) -> str | None:
    """A statement laid out; None where it is to stay as it is."""
    if any(token.kind == "semicolon" for token in tokens(text)):
        return None
    try:
        laid = laid_out(text)
    except (Unclear, RecursionError):
        return None
    return laid if _same(text, laid) else None


def _same(before: str, after: str) -> bool:
    """Whether two texts have the same tokens and comments, but for the case of keywords."""
    try:
        first, second = list(words(before)), list(words(after))
    except Unclear:
        return False
    if len(first) != len(second):
        return False
    return all(
        a.kind == b.kind and (a.text == b.text or (a.kind == "word" and a.text.isascii() and a.text.upper() == b.text))
        for a, b in zip(first, second, strict=True)
    )


def _between(text: str, behind: bool, last: bool = False) -> str:
    """What stands between two statements: the semicolon with the comments around it, then those before the next one."""
    found, tail = "", []
    ended = fresh = not behind
    for token in tokens(text):
        shown = text[token.start : token.end]
        if token.kind == "space":
            fresh = fresh or "\n" in shown
        elif token.kind == "semicolon":
            found += "" if ended else "\n;" if found.rpartition("\n")[2].lstrip().startswith("--") else ";"
            ended, fresh = True, not behind
        else:
            if ended and fresh:
                tail.append(shown)
            else:
                found += f"\n{shown}" if fresh else f" {shown}"
            fresh = token.kind == "line"
    ending = "\n" if last else "\n\n"
    return (found + ending if behind else "") + "".join(f"{comment}\n" for comment in tail)
