"""A parameter with several values, bound in the form that its place in the text asks for: see `parameters`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from portal.databricks import marking
from portal.databricks.marking import Edit, Place
from portal.databricks.numbers import Missing, number_type
from portal.databricks.statements import Parameter

MOST = 1_000
"""Values of one parameter."""


@dataclass
class Several:
    """`kind` is `list` (texts), `numbers` or `choice` (texts); `joined` is how a text of all is made."""

    name: str
    kind: str
    values: list[str | None]
    joined: Mapping[str, object] = field(default_factory=dict)

    def bound(
        self, places: list[tuple[int, int]], around: Mapping[int, Place], taken: set[str]
    ) -> tuple[list[Parameter], list[Edit]]:
        """Parameters, and what changes in the text. Each form that the text asks for has markers of its own."""
        made: dict[str, tuple[str, list[Parameter]]] = {}
        edits: list[Edit] = []
        for start, end in places:
            form = around.get(start, "") or ("text" if self.kind == "choice" else "list")
            if form not in made:
                made[form] = self._form(form, taken)
            edits.append((start, end, made[form][0]))
        return [parameter for _, parameters in made.values() for parameter in parameters], edits

    def _form(self, form: str, taken: set[str]) -> tuple[str, list[Parameter]]:
        """What stands in the text, and what is bound to it."""
        if form == "list":
            names = _free_names(self.name, len(self.values), taken)
            own = [self._element(name, value) for name, value in zip(names, self.values, strict=True)]
            return ", ".join(f":{name}" for name in names), own
        if form == "text":
            return f":{self.name}", [Parameter(self.name, self._text(), "STRING")]
        marker = marking.free(f"{self.name}_json", taken)
        text, element = self._json()
        shown = f":{marker}" if form == "json" else f"from_json(:{marker}, 'ARRAY<{element}>')"
        return shown, [Parameter(marker, text, "STRING")]

    def _element(self, name: str, value: str | None) -> Parameter:
        kind = number_type(self.name, value) if self.kind == "numbers" and value is not None else "STRING"
        return Parameter(name, value, kind)

    def _text(self) -> str:
        prefix, suffix = (str(self.joined.get(key) or "") for key in ("prefix", "suffix"))
        separator = self.joined.get("separator")
        between = separator if isinstance(separator, str) else ","
        return between.join(f"{prefix}{value}{suffix}" for value in self.values)

    def _json(self) -> tuple[str, str]:
        """A JSON text of all, and what type its elements are read as."""
        if self.kind != "numbers":
            return json.dumps(self.values, ensure_ascii=False), "STRING"
        types = {number_type(self.name, value) for value in self.values if value is not None}
        element = "BIGINT" if types <= {"BIGINT"} else "DOUBLE" if "DOUBLE" in types else "DECIMAL(38,10)"
        return f"[{', '.join(_plain(value) for value in self.values)}]", element


def read(name: str, one: Mapping[str, object]) -> Several | None:
    """A parameter that has several values; None for one that has not. Raises `Missing` where none are given."""
    kind, text = str(one.get("type")), str(one.get("value") or "")
    if kind not in {"list", "numbers"} and not (kind == "choice" and one.get("multi")):
        return None
    values = _values(name, kind, text)
    if not values and kind == "choice":
        raise Missing(f"Nothing is chosen for :{name}.")
    if not values:
        raise Missing(f"The list of :{name} is empty: write its elements with commas between them.")
    if len(values) > MOST:
        raise Missing(f"The list of :{name} has more than {MOST:,} elements.")
    if kind == "numbers":
        for value in values:
            number_type(name, value if value is not None else "0")
    joined = one.get("joined")
    return Several(name, kind, values, joined if isinstance(joined, Mapping) else {})


def _values(name: str, kind: str, text: str) -> list[str | None]:
    """A JSON list, or what stands between commas; `02134` stays what it is."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise Missing(f"The list of :{name} starts like a JSON list but is none.") from None
        return [_text_of(one) for one in found]
    if kind == "choice":
        return [text] if text else []
    return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]


def _text_of(one: object) -> str | None:
    if one is None or isinstance(one, str):
        return one
    return str(one).lower() if isinstance(one, bool) else json.dumps(one, ensure_ascii=False)


def _plain(value: str | None) -> str:
    """A number as JSON has it."""
    try:
        number = Decimal(value) if value is not None else None
    except InvalidOperation:
        number = None
    if number is None:
        return "null"
    return format(number, "f") if number.is_finite() else json.dumps(value)


def _free_names(name: str, count: int, taken: set[str]) -> list[str]:
    """Names for elements that no marker of the text has."""
    stem = name
    while any(f"{stem}_{number}".lower() in taken for number in range(1, count + 1)):
        stem += "_"
    names = [f"{stem}_{number}" for number in range(1, count + 1)]
    taken.update(one.lower() for one in names)
    return names
