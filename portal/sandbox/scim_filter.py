"""SCIM filters (RFC 7644, 3.4.2.2): what the directory's lists take as `filter`.

`eq ne co sw ew pr`, `and`, `or`, `not (…)` and parentheses, on attributes and sub-attributes such as `emails.value`;
texts compare in any case. What is not understood is refused: a filter that filters nothing would show everybody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

Resource = dict[str, Any]
Filter = Callable[[Resource], bool]
_TOKEN = re.compile(r"""\s*(?:(?P<sign>[()\[\]])|(?P<text>"(?:[^"\\]|\\.)*"|'[^']*')|(?P<word>[^\s()\[\]"']+))""")
_LONGEST = 4096
_DEEPEST = 20


class Refused(ValueError):
    """The filter is not understood; the text says where."""


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return type(value) is type(wanted) and bool(value == wanted)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: isinstance(value, str) and test(value.casefold(), str(wanted).casefold())


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "co": _text(lambda value, wanted: wanted in value),
    "sw": _text(str.startswith),
    "ew": _text(str.endswith),
}


def parse(text: str, attributes: frozenset[str]) -> Filter:
    """A test of a resource. `attributes` are the paths that this kind of resource may be filtered by."""
    if len(text) > _LONGEST:
        raise Refused("the filter is too long")
    reader = _Reader(text, attributes)
    found = reader.alternatives(0)
    if reader.peek():
        raise Refused(f"unexpected {reader.peek()!r}")
    return found


class _Reader:
    def __init__(self, text: str, attributes: frozenset[str]) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._paths = {path.casefold(): path for path in attributes}

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise Refused("the filter ends too early")
        self._at += 1
        return token

    def alternatives(self, depth: int) -> Filter:
        found = [self._all(depth)]
        while self.peek().casefold() == "or":
            self.take()
            found.append(self._all(depth))
        return found[0] if len(found) == 1 else lambda one: any(test(one) for test in found)

    def _all(self, depth: int) -> Filter:
        found = [self._one(depth)]
        while self.peek().casefold() == "and":
            self.take()
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else lambda one: all(test(one) for test in found)

    def _one(self, depth: int) -> Filter:
        if depth > _DEEPEST:
            raise Refused("the filter is nested too deeply")
        token = self.take()
        if token == "(":
            return self._closed(depth)
        if token.casefold() == "not" and self.peek() == "(":
            self.take()
            inner = self._closed(depth)
            return lambda one: not inner(one)
        return self._comparison(token)

    def _closed(self, depth: int) -> Filter:
        inner = self.alternatives(depth + 1)
        if self.take() != ")":
            raise Refused("a parenthesis is not closed")
        return inner

    def _comparison(self, attribute: str) -> Filter:
        path = self._paths.get(attribute.casefold())
        if path is None:
            raise Refused(f"the attribute {attribute!r} cannot be filtered by")
        operator = self.take().casefold()
        if operator == "pr":
            return lambda one: any(value not in (None, "", []) for value in _values(one, path))
        if operator == "ne":
            wanted = _literal(self.take())
            return lambda one: not any(_equal(value, wanted) for value in _values(one, path))
        test = _TESTS.get(operator)
        if test is None:
            raise Refused(f"the operator {operator!r} is not supported")
        wanted = _literal(self.take())
        return lambda one: any(test(value, wanted) for value in _values(one, path))


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise Refused(f"unexpected {text[at:].strip()[:20]!r}")
        yield found[found.lastgroup or 0]
        at = found.end()


def _literal(token: str) -> Any:
    """A JSON value; a bare word is text, as the clients of Databricks send it now and then."""
    if token.startswith("'"):
        return token[1:-1]
    if token in ("(", ")", "[", "]"):
        raise Refused(f"a value is expected, not {token!r}")
    try:
        return json.loads(token)
    except ValueError:
        return token


def _values(one: Resource, path: str) -> Iterator[Any]:
    """The values of an attribute, or of a sub-attribute of each member of a list."""
    name, _, inner = path.partition(".")
    found = one.get(name)
    if not inner:
        yield found
        return
    for member in found if isinstance(found, list) else [found]:
        if isinstance(member, dict):
            yield member.get(inner)
