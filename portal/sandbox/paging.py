"""Opaque page tokens, as the real APIs give them: a client may only hand them back.

A token holds the sort key of the item at the page's edge and a mark of the query it belongs to, so that pages stay
right while items are added, and a token of another query is refused.
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
class Page(Generic[T]):
    items: list[T]
    next_token: str | None
    prev_token: str | None


def page(
    items: Sequence[T], key: Callable[[T], Any], limit: int, token: str | None, query: Any, offset: int = 0
) -> Page[T]:
    """`limit` of `items`, which are sorted ascending by `key` (unique), from where `token` points."""
    mark = hashlib.sha256(repr(query).encode()).hexdigest()[:12]
    start = offset
    if token:
        direction, edge = _decode(token, mark)
        if direction == "n":
            start = bisect.bisect_right(items, edge, key=lambda item: _plain(key(item)))
        else:
            start = max(0, bisect.bisect_left(items, edge, key=lambda item: _plain(key(item))) - limit)
    chosen = list(items[start : start + limit])
    more = start + limit < len(items)
    return Page(
        chosen,
        _encode("n", key(chosen[-1]), mark) if chosen and more else None,
        _encode("p", key(chosen[0]), mark) if chosen and start > 0 else None,
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
    """`limit` of the `wanted` items, from the last of `items` (ascending by `key`) to the first. Looks at no more of
    them than it must, so that a page of a hundred thousand costs what it shows."""
    mark = hashlib.sha256(repr(query).encode()).hexdigest()[:12]
    direction, edge = _decode(token, mark) if token else ("n", None)
    if direction == "n":
        high = len(items) if edge is None else bisect.bisect_left(items, edge, key=lambda item: _plain(key(item)))
        found = _take((items[i] for i in range(high - 1, -1, -1)), wanted, offset + limit + 1)[offset:]
        newer = edge is not None or offset > 0
        older = len(found) > limit
        chosen = found[:limit]
    else:
        low = bisect.bisect_right(items, edge, key=lambda item: _plain(key(item)))
        found = _take((items[i] for i in range(low, len(items))), wanted, limit + 1)
        newer, older = len(found) > limit, True
        chosen = found[:limit][::-1]
    return Page(
        chosen,
        _encode("n", key(chosen[-1]), mark) if chosen and older else None,
        _encode("p", key(chosen[0]), mark) if chosen and newer else None,
    )


def _take(items: Iterable[T], wanted: Callable[[T], bool], count: int) -> list[T]:
    return list(itertools.islice(filter(wanted, items), count))


def _plain(key: Any) -> Any:
    return list(key) if isinstance(key, tuple) else key


def _encode(direction: str, edge: Any, mark: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([direction, _plain(edge), mark]).encode()).decode()


def _decode(token: str, mark: str) -> tuple[str, Any]:
    try:
        direction, edge, of = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise errors.invalid_parameter(f"Invalid page token: {token}") from None
    if of != mark:
        raise errors.invalid_parameter("The page token was issued for other query parameters.")
    return direction, edge


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
