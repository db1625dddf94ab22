"""What a dashboard writes and Databricks SQL does not have, put into what it has: by tokens, never in a string, a name
or a comment.

In expressions: COUNT(`*`), BIN_FLOOR(x, width), a dataset's own calculations, columns with the dataset's name before
them. In datasets: `:p.min` and `:p.max` of a range, `:p` of several values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.boards.definition import LONGEST_EXPRESSION, Dataset
from portal.databricks.marking import Edit, edited, free, part
from portal.databricks.sqllexer import Token, code, folded, name, tokens
from portal.databricks.sqltext import markers

ASSOCIATIVE = "associative_filter_predicate_group"
"""A column of Databricks' own filter menus, which no dataset has."""
_DEEPEST = 5
_TEMPLATE = re.compile(r"\{\{\s*([^{}]{0,100}?)\s*\}\}")


class Unsupported(ValueError):
    """It cannot be run here; `str(error)` is a sentence that says what."""


def is_associative(expression: str) -> bool:
    return any(token.kind == "quoted" and name(expression, token) == ASSOCIATIVE for token in code(expression))


def expression(text: str, dataset: Dataset, depth: int = 0) -> str:
    """An expression of a widget as Databricks SQL; raises `Unsupported`."""
    if depth > _DEEPEST:
        raise Unsupported("A calculation of the dataset refers to itself.")
    listed = code(text)
    shown = [text[token.start : token.end] for token in listed]
    edits: list[Edit] = []
    at = 0
    while at < len(listed):
        edit, at = _edit(text, listed, shown, at, dataset, depth)
        edits += edit
    written = edited(text, edits)
    if len(written) > LONGEST_EXPRESSION:
        raise Unsupported("An expression of this widget is too long.")
    return written


def _edit(
    text: str, listed: list[Token], shown: list[str], at: int, dataset: Dataset, depth: int
) -> tuple[list[Edit], int]:
    """What changes at a token, and the next token to look at."""
    token = listed[at]
    word = folded(shown[at]) if token.kind == "word" else ""
    called = at + 1 < len(shown) and shown[at + 1] == "("
    if word == "COUNT" and shown[at + 1 : at + 4] == ["(", "`*`", ")"]:
        return [(listed[at + 2].start, listed[at + 2].end, "*")], at + 4
    if word == "BIN_FLOOR" and called:
        return _bin_floor(text, listed, shown, at, dataset, depth)
    if word in {"MEASURE", "AGG"} and called and shown[at + 3 : at + 4] == [")"]:
        found = _calculation(dataset, name(text, listed[at + 2]))
        if found is not None:
            return [(token.start, listed[at + 3].end, f"({expression(found, dataset, depth + 1)})")], at + 4
    if token.kind not in {"word", "quoted"} or called:
        return [], at + 1
    follows = shown[at + 1 : at + 2] == ["."] and listed[at + 2 : at + 3]
    if follows and name(text, token) in {dataset.name, dataset.title} and shown[at - 1 : at] != ["."]:
        return [(token.start, listed[at + 2].start, "")], at + 2
    if token.kind == "quoted" and shown[at - 1 : at] != ["."] and not follows:
        found = _calculation(dataset, name(text, token))
        if found is not None and not _is_itself(found, token, text):
            return [(token.start, token.end, f"({expression(found, dataset, depth + 1)})")], at + 1
    return [], at + 1


def _is_itself(found: str, token: Token, text: str) -> bool:
    return found.strip() == text[token.start : token.end]


def _calculation(dataset: Dataset, called: str) -> str | None:
    return next((one.expression for one in dataset.calculations if one.name == called), None)


def _bin_floor(
    text: str, listed: list[Token], shown: list[str], at: int, dataset: Dataset, depth: int
) -> tuple[list[Edit], int]:
    """`BIN_FLOOR(x, width)`: the lower edge of x's bin."""
    nested, commas, end = 0, [], None
    for index in range(at + 1, len(listed)):
        nested += (shown[index] in "([") - (shown[index] in ")]")
        if nested == 1 and (shown[index] == "," or listed[index].kind == "literals"):
            commas.append(index)
        if nested == 0:
            end = index
            break
    comma = commas[0] if len(commas) == 1 else None
    if end is None or comma is None:
        raise Unsupported("BIN_FLOOR takes two arguments, a number and the width of a bin.")
    value = expression(text[listed[at + 1].end : listed[comma].start], dataset, depth + 1)
    width = expression(text[listed[comma].start + 1 : listed[end].start], dataset, depth + 1)
    if not value.strip() or not width.strip():
        raise Unsupported("BIN_FLOOR takes two arguments, a number and the width of a bin.")
    return [(listed[at].start, listed[end].end, f"(floor(({value}) / ({width})) * ({width}))")], end + 1


@dataclass(frozen=True)
class Marker:
    """A parameter's value as the text of a dataset asks for it: the whole, or an end of a range."""

    keyword: str
    part: str = ""
    """"" or min or max."""


def marked(text: str, dataset: Dataset, arrays: Mapping[str, str], taken: set[str]) -> tuple[str, dict[str, Marker]]:
    """The text with a scalar marker in every place, and what each marker stands for.

    A range's ends become markers of their own; the marker of several values is read from a JSON text, as the array
    type that `arrays` has for its keyword. Names that are `taken` (in small letters) are kept clear of, and what is
    used is added to them. Raises `Unsupported`.
    """
    _no_templates(text, dataset)
    names: dict[Marker, str] = {}
    edits: list[Edit] = []
    for keyword, places in markers(text).items():
        parameter = dataset.parameter(keyword)
        if parameter is None:
            raise Unsupported(f"The dataset {dataset.title} uses :{keyword}, which it does not define.")
        for start, end in places:
            named = part(text, end)
            if parameter.shape != "range" and named:
                raise Unsupported(f"The dataset {dataset.title} uses :{keyword}.{named[0]}, but it is no range.")
            if parameter.shape == "range" and not named:
                raise Unsupported(
                    f"The dataset {dataset.title} uses :{keyword} without .min or .max, but it is a range."
                )
            wanted = Marker(parameter.keyword, named[0] if named else "")
            if wanted not in names:
                stem = f"{keyword}_{wanted.part}" if named else keyword
                names[wanted] = free(stem, taken)
            new = f":{names[wanted]}"
            if parameter.shape == "multi":
                new = f"from_json({new}, '{arrays[parameter.keyword]}')"
            edits.append((start, named[1] if named else end, new))
    return edited(text, edits), {name: wanted for wanted, name in names.items()}


def _no_templates(text: str, dataset: Dataset) -> None:
    """`{{name}}` is text that another tool would replace; to Databricks it is nothing."""
    if "{{" not in text:
        return
    keywords = {one.keyword for one in dataset.parameters}
    opened = -1
    for token in tokens(text):
        shown = text[token.start : token.end]
        if token.kind == "string":
            for found in _TEMPLATE.finditer(shown):
                if found[1] in keywords:
                    raise Unsupported(_template(dataset, found[0]))
        if shown == "{" and token.kind == "other":
            if opened == token.start:
                found_here = _TEMPLATE.match(text, token.start - 1)
                raise Unsupported(_template(dataset, found_here[0] if found_here else "{{…}}"))
            opened = token.end


def _template(dataset: Dataset, shown: str) -> str:
    return f"The dataset {dataset.title} has {shown} in its SQL, which Databricks' dashboards no longer fill in."
