"""Opaque page tokens, as the real APIs give them: a client may only hand them back.

A token holds the sort key of the item at the page's edge and a mark of the query it belongs to, so that pages stay
right while items are added, and a token of another query is refused. It counts the pages, too: after the first, pages
are as untidy as the real ones may be (`Shape`), and only a missing token says that there are no more.
"""

from __future__ import annotations

import base64
import binascii
import bisect
import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from portal.sandbox import errors

T = TypeVar("T")


@dataclass(frozen=True)
class Shape:
    """How the page of a number is: with all of the limit or a part of it, and from where."""

    share: float = 1.0
    """Of the limit: 1 a full page, 0 an empty one that leads on."""
    again: bool = False
    """It begins with the last item of the page before, as where one was added meanwhile."""


FULL = Shape()
SHAPES = {1: Shape(0.6), 3: Shape(0.0), 4: Shape(again=True)}
"""By the page's number modulo 5; the first page (0) is always full."""


def shape(number: int) -> Shape:
    return SHAPES.get(number % 5, FULL)


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next_token: str | None
    prev_token: str | None = None

    def answer(self, name: str, shown: Callable[[T], Any], **more: Any) -> dict[str, Any]:
        """As lists answer: the items under their name unless there are none, and the tokens that there are."""
        body = {**more, name: [shown(one) for one in self.items]} if self.items else dict(more)
        tokens = {"next_page_token": self.next_token, "prev_page_token": self.prev_token}
        return body | {name: token for name, token in tokens.items() if token}


def page(
    items: Sequence[T], key: Callable[[T], Any], limit: int, token: str | None, query: Any, offset: int = 0
) -> Page[T]:
    """Up to `limit` of `items`, which are sorted ascending by `key` (unique), from where `token` points."""
    token_of = _Tokens(query)
    start, number = offset, 0
    if token:
        direction, edge, number = token_of.read(token)
        if direction == "n":
            start = bisect.bisect_right(items, edge, key=lambda item: _plain(key(item)))
        else:
            start = max(0, bisect.bisect_left(items, edge, key=lambda item: _plain(key(item))) - limit)
    found = shape(number)
    start -= found.again and start > 0
    end = start + int(limit * found.share)
    chosen = list(items[start:end])
    more = end < len(items)
    last = key(chosen[-1]) if chosen else key(items[start - 1]) if start else None
    return Page(
        chosen,
        token_of.write("n", last, number + 1) if more and last is not None else None,
        token_of.write("p", key(chosen[0]), 0) if chosen and start > 0 else None,
    )


def walk(
    items: Sequence[T],
    key: Callable[[T], Any],
    wanted: Callable[[T], bool],
    limit: int,
    token: str | None,
    query: Any,
    offset: int = 0,
) -> Page[T]:
    """Up to `limit` of the `wanted` items, from the last of `items` (ascending by `key`) to the first. Looks at no more
    of them than it must, so that a page of a hundred thousand costs what it shows."""
    token_of = _Tokens(query)
    direction, edge, number = token_of.read(token) if token else ("n", None, 0)
    if direction == "p":
        low = bisect.bisect_right(items, edge, key=lambda item: _plain(key(item)))
        found = _take((items[i] for i in range(low, len(items))), wanted, limit + 1)
        chosen = found[:limit][::-1]
        newer, older = len(found) > limit, bool(chosen)
    else:
        form = shape(number)
        after = bisect.bisect_right if form.again else bisect.bisect_left
        high = len(items) if edge is None else after(items, edge, key=lambda item: _plain(key(item)))
        most = int(limit * form.share)
        found = _take((items[i] for i in range(high - 1, -1, -1)), wanted, offset + most + 1)[offset:]
        chosen = found[:most]
        newer, older = edge is not None or offset > 0, len(found) > most
    last = key(chosen[-1]) if chosen else edge
    return Page(
        chosen,
        token_of.write("n", last, number + 1) if older and last is not None else None,
        token_of.write("p", key(chosen[0]), 0) if chosen and newer else None,
    )


def _take(items: Iterable[T], wanted: Callable[[T], bool], count: int) -> list[T]:
    return list(itertools.islice(filter(wanted, items), count))


def _plain(key: Any) -> Any:
    return list(key) if isinstance(key, tuple) else key


class _Tokens:
    """Of one query."""

    def __init__(self, query: Any) -> None:
        self._mark = hashlib.sha256(repr(query).encode()).hexdigest()[:12]

    def write(self, direction: str, edge: Any, number: int) -> str:
        value = [direction, _plain(edge), number, self._mark]
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()

    def read(self, token: str) -> tuple[str, Any, int]:
        """(direction, edge, the number of the page that it leads to)."""
        try:
            direction, edge, number, of = json.loads(base64.urlsafe_b64decode(token.encode()))
            number = int(number)
        except (ValueError, TypeError, binascii.Error):
            raise errors.invalid_parameter(f"Invalid page token: {token}") from None
        if of != self._mark:
            raise errors.invalid_parameter("The page token was issued for other query parameters.")
        return direction, edge, number


def position(kind: str, start: int) -> str:
    """A token that only counts: for the elements of one object, which do not move."""
    return base64.urlsafe_b64encode(json.dumps([kind, start]).encode()).decode()


def positioned(kind: str, token: str) -> int:
    try:
        of, start = json.loads(base64.urlsafe_b64decode(token.encode()))
        if of == kind and isinstance(start, int):
            return start
    except (ValueError, TypeError, binascii.Error):
        pass
    raise errors.invalid_parameter(f"Invalid page token: {token}")
