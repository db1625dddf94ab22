"""Stars and recents (`portal.databricks.stars`), as `assets/src/parts/stars.js` asks for them and changes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

from flask import Blueprint, Response, jsonify
from pydantic import Field

from portal.databricks import stars
from portal.databricks.stars import Kind, Mark
from portal.viewer.draft_keys import draft_keys
from portal.viewer.given import Given, Short, Whole
from portal.web.bodies import body


class GivenMark(Given):
    kind: Kind
    id: Annotated[str, Field(min_length=1, max_length=64)]
    name: Short
    starred: bool = False
    starred_at: Whole = 0
    opened_at: Whole = 0


class GivenMarks(Given):
    marks: Annotated[list[GivenMark], Field(max_length=2 * stars.MOST)]


class GivenNothing(Given):
    pass


routes = Blueprint("stars", __name__)
"""POST `stars` {} and `stars/keep` {marks}: both answer `{marks, kept, said, seal}`. `kept` is whether the workspace
keeps them; where it does not, `said` is why, and `seal` opens what the browser kept instead."""


@routes.post("/stars")
def read() -> Response:
    body(GivenNothing)
    return _answer(stars.mine)


@routes.post("/stars/keep")
def keep() -> Response:
    now = int(time.time() * 1000)
    given = [
        # A browser's clock may be ahead: what it says of the future would hold against every later change.
        Mark(one.kind, one.id, one.name, one.starred, min(one.starred_at, now), min(one.opened_at, now))
        for one in body(GivenMarks).marks
    ]
    return _answer(lambda: stars.keep(given))


def _answer(ask: Callable[[], tuple[Mark, ...]]) -> Response:
    try:
        found, said = ask(), ""
    except stars.Unkept as error:
        found, said = (), error.message
    return jsonify(marks=[vars(mark) for mark in found], kept=not said, said=said, seal=draft_keys())
