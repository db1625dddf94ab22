"""A chart as JSON, in a link, a draft and a saved query: `{"v": 1, "kind": "bar", …}`, defaults left out.

The reader is tolerant: what it does not know or cannot use is left out, since the same text may come from a later
version, or from a stranger. Every text, list and number has a bound.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar

from portal.charts.model import KINDS, BadChart, Chart
from portal.shapes import Json

VERSION = 1
TEXT = 1_000
"""Characters of a text."""
LISTED = 200
"""Entries of a list."""
T = TypeVar("T")


def written(chart: Chart) -> Json:
    """A chart as a JSON object."""
    return {"v": VERSION, **_object(chart)}


def read(given: object) -> Chart:
    """The chart of a JSON object; `BadChart` where there is no kind of chart in it."""
    if not isinstance(given, Mapping) or given.get("kind") not in KINDS:
        raise BadChart("There is no such chart.")
    version = given.get("v", VERSION)
    if not isinstance(version, int) or version > VERSION:
        raise BadChart("This chart was made by a later version of the portal.")
    found = _made(Chart, given)
    assert found is not None
    return found


def _object(one: Any) -> Json:
    made: Json = {}
    for part in dataclasses.fields(one):
        value = getattr(one, part.name)
        usual = part.default if part.default_factory is dataclasses.MISSING else part.default_factory()
        if value != usual:
            made[part.name] = _value(value)
    return made


def _value(value: object) -> object:
    if dataclasses.is_dataclass(value):
        return _object(value)
    return [_value(one) for one in value] if isinstance(value, tuple) else value


@cache
def _types(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)


def _made(kind: type[T], given: object) -> T | None:
    """An object of a dataclass; None where a member that it needs is absent."""
    if not isinstance(given, Mapping):
        return None
    found: Json = {}
    for part in dataclasses.fields(kind):  # type: ignore[arg-type]
        value = _read(_types(kind)[part.name], given.get(part.name))  # type: ignore[arg-type]
        if value is not None:
            found[part.name] = value
        elif part.default is dataclasses.MISSING and part.default_factory is dataclasses.MISSING:
            return None
    return kind(**found)


def _read(hint: object, given: object) -> object:
    """A value of a type, None where it is none."""
    if given is None:
        return None
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return next((value for one in arguments if (value := _read(one, given)) is not None), None)
    if origin is Literal:
        return given if isinstance(given, str) and given in arguments else None
    if origin is tuple:
        return _listed(arguments, given)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _made(hint, given)
    if hint is str:
        return given[:TEXT] if isinstance(given, str) else None
    if hint is bool:
        return given if isinstance(given, bool) else None
    if hint is int:
        return given if isinstance(given, int) and not isinstance(given, bool) and abs(given) <= 10**6 else None
    if hint is float:
        if not isinstance(given, int | float) or isinstance(given, bool) or not abs(given) < 1e300:
            return None
        return float(given) if math.isfinite(given) else None
    return None


def _listed(arguments: tuple[object, ...], given: object) -> tuple[object, ...] | None:
    if not isinstance(given, list | tuple):
        return None
    if arguments[-1] is Ellipsis:
        found = (_read(arguments[0], one) for one in given[:LISTED])
        return tuple(one for one in found if one is not None)
    if len(given) != len(arguments):
        return None
    whole = tuple(_read(hint, one) for hint, one in zip(arguments, given, strict=True))
    return None if None in whole else whole
