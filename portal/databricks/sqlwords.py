"""The tokens of one SQL statement as a tree (words, and groups in parentheses), and how they stand on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from portal.databricks.sqllexer import LITERAL, tokens

MOST_DEEP = 100
QUERY = frozenset({"SELECT", "WITH", "FROM", "VALUES"})
_KEYWORDS = frozenset({
    "ALL", "AND", "ANTI", "AS", "ASC", "BETWEEN", "BY", "CASE", "CLUSTER", "CROSS", "DESC", "DISTINCT", "DISTRIBUTE",
    "ELSE", "END", "EXCEPT", "EXISTS", "FROM", "FULL", "GROUP", "HAVING", "ILIKE", "IN", "INNER", "INTERSECT",
    "INTO", "IS", "JOIN", "LATERAL", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT", "NULL", "OFFSET", "ON", "OR",
    "ORDER", "OUTER", "OVER", "PARTITION", "QUALIFY", "RECURSIVE", "RIGHT", "RLIKE", "SELECT", "SEMI", "SORT",
    "THEN", "UNION", "USING", "VALUES", "WHEN", "WHERE", "WINDOW", "WITH", "CREATE", "DELETE", "FOLLOWING", "INSERT",
    "MATCHED", "MERGE", "NULLS", "PRECEDING", "ROWS", "TABLE", "UNBOUNDED", "UPDATE",
})  # fmt: skip
"""Words that are written in capitals. `LEFT(` and the like are functions and stay as they are."""
_PAIRS = frozenset({
    ("NULLS", "FIRST"), ("NULLS", "LAST"), ("CURRENT", "ROW"), ("OR", "REPLACE"), ("REPLACE", "TABLE"),
    ("REPLACE", "VIEW"), ("CREATE", "VIEW"), ("UPDATE", "SET"), ("DELETE", "FROM"), ("PARTITIONED", "BY"),
})  # fmt: skip
"""Words that are keywords together, and may be names else."""
_SPACED = _KEYWORDS - {"LEFT", "RIGHT", "INSERT"}
_ENDS_LINE = re.compile(r"[ \t]*(?:[\r\n]|\Z)")
_BINARY = frozenset({"=", "==", "<=>", "<=", ">=", "<>", "!=", "||", "|>", "=>", "->"})


class Unclear(Exception):
    """A statement that is left as it is."""


@dataclass
class Word:
    """One token. `glued`: nothing stood before it; `alone`: a comment with a line of its own."""

    text: str
    kind: str
    glued: bool
    alone: bool = False
    is_query = False

    @property
    def key(self) -> str:
        return self.text.upper() if self.kind == "word" and self.text.isascii() else ""

    @property
    def flat(self) -> str | None:
        """Its text, None where what follows must stand on another line."""
        return None if self.kind == "line" or self.alone else self.text


@dataclass
class Group:
    """What stands in parentheses."""

    glued: bool
    body: list[Word | Group] = field(default_factory=list)
    key = ""
    kind = "group"
    alone = False

    @cached_property
    def is_query(self) -> bool:
        first = next((node for node in self.body if node.kind not in {"line", "block"}), None)
        return first is not None and (first.key in QUERY or (isinstance(first, Group) and first.is_query))

    @cached_property
    def flat(self) -> str | None:
        inside = flat(self.body)
        return None if inside is None else f"({inside})"


Node = Word | Group


def words(text: str) -> Iterator[Word]:
    """The tokens of a text but its white space, lists of literals taken apart. Raises `Unclear`."""
    glued, fresh = True, True
    for token in tokens(text):
        shown = text[token.start : token.end]
        if token.kind == "space":
            glued, fresh = False, fresh or "\n" in shown
            continue
        if token.kind == "unclosed":
            raise Unclear
        if token.kind == "literals":
            end = 0
            for part in LITERAL.finditer(shown):
                yield Word(part.group(), str(part.lastgroup), part.start() == end and glued)
                glued, end = True, part.end()
        else:
            is_comment = token.kind in {"line", "block"}
            has_line = token.kind == "line" or _ENDS_LINE.match(text, token.end) is not None
            yield Word(shown, token.kind, glued, alone=is_comment and fresh and has_line)
        glued, fresh = True, token.kind == "line"


def tree(text: str) -> list[Node]:
    """The words of a statement, groups taken together. Raises `Unclear` where they do not close."""
    nodes: list[Node] = []
    stack = [nodes]
    for word in words(text):
        if word.text == "(":
            group = Group(word.glued)
            stack[-1].append(group)
            stack.append(group.body)
            if len(stack) > MOST_DEEP:
                raise Unclear
        elif word.text == ")":
            stack.pop()
            if not stack:
                raise Unclear
        else:
            stack[-1].append(word)
    if len(stack) != 1:
        raise Unclear
    return nodes


# On one line


def flat(nodes: list[Node]) -> str | None:
    """All of it on one line; None where a comment ends its line."""
    found = ""
    for index, node in enumerate(nodes):
        shown = node.flat
        if shown is None:
            return None
        found += gap(nodes, index) + cased(nodes, index, shown)
    return found


def gap(nodes: list[Node], index: int) -> str:
    if index == 0:
        return ""
    before, node = nodes[index - 1], nodes[index]
    last = before.text if isinstance(before, Word) else ")"
    here = node.text if isinstance(node, Word) else "("
    if here in {",", "]", ";"} or last == "[":
        return ""
    if last == "," or here in _BINARY or last in _BINARY:
        return " "
    if isinstance(node, Group) and before.key in _SPACED:
        return " "
    return "" if node.glued else " "


def cased(nodes: list[Node], index: int, shown: str) -> str:
    node = nodes[index]
    if node.key not in _KEYWORDS and not _is_paired(nodes, index):
        return shown
    if is_name(nodes, index):
        return shown
    following = nodes[index + 1] if index + 1 < len(nodes) else None
    if isinstance(following, Group) and following.glued and node.key not in _SPACED:
        return shown
    return node.key


def _is_paired(nodes: list[Node], index: int) -> bool:
    return any(pair in _PAIRS for pair in pairwise(node.key for node in nodes[max(0, index - 1) : index + 2]))


def is_name(nodes: list[Node], index: int) -> bool:
    """Whether a word is a part of a path, or an alias."""
    before = nodes[index - 1] if index else None
    after = nodes[index + 1] if index + 1 < len(nodes) else None
    dotted = (isinstance(before, Word) and before.text in {".", ":"}) or (isinstance(after, Word) and after.text == ".")
    return dotted or (before is not None and before.key == "AS" and nodes[index].key not in {"SELECT", "WITH"})
