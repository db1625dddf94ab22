"""SQL laid out anew, by sqlglot in Databricks' dialect, one statement after another."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.databricks import Databricks
from sqlglot.errors import SqlglotError

from portal.databricks import sqltext
from portal.viewer.errors import StatementFailed

MAX = 100_000
"""Characters: about a second of work."""


def formatted(text: str) -> str:
    """The text with each statement laid out; one that the parser keeps as text stays as it is.

    Raises `StatementFailed`, with its place, where a statement cannot be understood.
    """
    if len(text) > MAX:
        raise StatementFailed(f"Only texts of up to {MAX:,} characters are formatted.")
    done = [_laid_out(segment) for segment in sqltext.segments(text)]
    ending = ";\n" if text.rstrip().endswith(";") else "\n" if len(done) > 1 else ""
    return ";\n\n".join(done) + ending


def _laid_out(segment: sqltext.Piece) -> str:
    """One statement, with the comments before and after it as they were."""
    pieces = sqltext.split(segment.text)
    if not pieces:
        return segment.text.strip()
    start, end = pieces[0].start, pieces[-1].end
    before, after = segment.text[:start].strip(), segment.text[end:].strip()
    piece = sqltext.Piece(segment.text[start:end], segment.start + start, segment.line + pieces[0].line)
    # A line comment ends with its line, and a semicolon must not become part of it.
    return "\n".join(filter(None, (before, _one(piece), f"{after}\n" if after else "")))


def _said(description: str | None) -> str:
    return (description or "syntax error").split(" but got <")[0].rstrip(".")


def _one(piece: sqltext.Piece) -> str:
    try:
        trees = Databricks().parse(piece.text)
    except SqlglotError as error:
        place = (getattr(error, "errors", None) or [{}])[0]
        line = piece.line + int(place.get("line") or 1)
        raise StatementFailed(
            f"This statement is not understood, so it was left as it is: {_said(place.get('description'))}.",
            line=line,
            position=place.get("col"),
        ) from None
    except RecursionError:
        raise StatementFailed("This statement is nested too deep to be formatted.") from None
    if len(trees) != 1 or trees[0] is None or isinstance(trees[0], exp.Command):
        return piece.text
    return str(trees[0].sql(dialect="databricks", pretty=True, normalize_functions=False))
