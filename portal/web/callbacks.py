"""Bodies of Dash callbacks, read before Dash does: which callback, and whether what came is what it takes.

Dash takes a body apart by hand: an output that it does not know, or an input without an id, is a KeyError there whose
text holds what was sent. Here it is a sentence and 400. So is the value of a `dcc.Store` that is no text, list or dict
where the callback's own annotation says that it is one; what a dict holds is for the callback to read
(`portal.viewer.given`).
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from functools import lru_cache
from types import UnionType
from typing import Annotated, TypedDict, Union, get_args, get_origin, get_type_hints

from dash import Dash
from flask import Flask, g, request
from pydantic import Field, TypeAdapter, ValidationError

from portal.viewer.errors import NotUnderstood
from portal.viewer.given import Given, Short, read, sentence
from portal.web.routing import CALLBACK, matched

MOST_PARTS = 100
"""Inputs and states of a callback: the most that any of them declares is a tenth of it."""
MOST_MATCHES = 1_000
"""Components that one wildcard matches."""
MOST_ADDRESS = 8_192
"""Characters of an address, as far as the router reads it."""
_LOCATION = "_pages_location"

Key = Short | int | bool | float
Id = Annotated[str, Field(max_length=1_000)] | Annotated[dict[Short, Key], Field(max_length=10)]


class Declared(TypedDict):
    """An input or state of a callback, as Dash keeps it."""

    id: str
    property: str


class GivenPart(Given):
    id: Id
    property: Short
    value: object = None


Parts = Annotated[
    list[GivenPart | Annotated[list[GivenPart], Field(max_length=MOST_MATCHES)]], Field(max_length=MOST_PARTS)
]


class GivenTarget(Given):
    id: Id
    property: Short


Targets = Annotated[
    list[GivenTarget | Annotated[list[GivenTarget], Field(max_length=MOST_MATCHES)]], Field(max_length=MOST_PARTS)
]


class GivenCallback(Given):
    output: Annotated[str, Field(max_length=4_000)]
    outputs: GivenTarget | Targets | None = None
    inputs: Parts = Field(default_factory=list)
    state: Parts = Field(default_factory=list)
    changed: Annotated[
        list[Annotated[str, Field(max_length=2_000)]], Field(max_length=MOST_MATCHES, alias="changedPropIds")
    ] = Field(default_factory=list)


def install(server: Flask, app: Dash, permitted: Callable[[str, str], None]) -> None:
    """Check each callback's body; its name is then there for the log.

    `permitted` raises where the viewer may not have a callback (`callback/<output>`) or a route (`route/<endpoint>`),
    by the module that it was written in.
    """

    @server.before_request
    def _of_a_page() -> None:
        view = server.view_functions.get(request.endpoint or "")
        if view is not None:
            permitted(f"route/{request.endpoint}", _module(view))

    @server.before_request
    def _checked() -> None:
        if request.method != "POST" or matched() != CALLBACK:
            return
        found = read(GivenCallback, request.get_json())
        known = app.callback_map.get(found.output)
        if known is None or "callback" not in known:
            raise NotUnderstood("There is no such callback; the portal may have been updated. Load the page again.")
        g.callback = found.output[:120]
        permitted(f"callback/{found.output}", _module(known["callback"]))
        _must_fit(found.inputs, known["inputs"])
        _must_fit(found.state, known["state"])
        for part, kept in zip((*found.inputs, *found.state), _kinds(known["callback"]), strict=False):
            _must_be(part, kept)


@lru_cache(maxsize=1_000)
def _module(function: Callable[..., object]) -> str:
    """Where a callback or a route was written, whatever is around it."""
    return str(getattr(inspect.unwrap(function), "__module__", ""))


def _must_fit(given: Parts, declared: list[Declared]) -> None:
    if len(given) != len(declared) or not all(map(_fits, given, declared)):
        raise NotUnderstood("The callback takes other inputs; the portal may have been updated. Load the page again.")


@lru_cache(maxsize=1_000)
def _kinds(function: Callable[..., object]) -> tuple[TypeAdapter[object] | None, ...]:
    """What the callback says that each of its arguments is, where that is a text, a list or a dict, or one of them."""
    plain = inspect.unwrap(function)
    try:
        hints = get_type_hints(plain)
        names = list(inspect.signature(plain).parameters)
    except (NameError, TypeError, ValueError):
        return ()
    return tuple(TypeAdapter(hints[name] | None) if _is_plain(hints.get(name)) else None for name in names)


def _is_plain(hint: object) -> bool:
    if get_origin(hint) in {UnionType, Union}:
        return all(one is type(None) or _is_plain(one) for one in get_args(hint))
    return (get_origin(hint) or hint) in {str, list, dict}


def _must_be(part: GivenPart | list[GivenPart], kind: TypeAdapter[object] | None) -> None:
    if kind is None or isinstance(part, list) or part.property != "data":
        return
    try:
        kind.validate_python(part.value, strict=True)
    except ValidationError as error:
        raise NotUnderstood(sentence(error)) from None


def _fits(given: GivenPart | list[GivenPart], declared: Declared) -> bool:
    """Whether this is the part that was declared: by its id, or by the keys of a wildcard's."""
    wanted = declared["id"]
    if isinstance(given, list):
        return all(_fits(one, declared) for one in given)
    if given.property != declared["property"]:
        return False
    if given.id == _LOCATION and isinstance(given.value, str) and len(given.value) > MOST_ADDRESS:
        raise NotUnderstood("This address is longer than any of the portal's.")
    if isinstance(wanted, str) and wanted.startswith("{"):
        return isinstance(given.id, dict) and given.id.keys() == json.loads(wanted).keys()
    return bool(given.id == wanted)
