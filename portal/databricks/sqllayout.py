"""Where the tokens of one SQL statement go on the page: lines, indents and gaps. No token is changed.

What fits a line stays on one; else a query gets a line for each clause, a list one for each item, a condition one for
each AND and OR, and a CASE one for each WHEN.
"""

from __future__ import annotations

from collections.abc import Iterator

from portal.databricks.sqlwords import QUERY, Group, Node, Unclear, Word, cased, flat, gap, is_name, tree, words

__all__ = ["Unclear", "laid_out", "words"]

WIDTH = 88
_STEP = 2
_NESTED = frozenset({"ARRAY", "MAP", "STRUCT"})
_LISTS = frozenset({"SELECT", "GROUP", "ORDER", "SORT", "DISTRIBUTE", "CLUSTER", "WITH", "VALUES", "SET"})
_BY = frozenset({"GROUP", "ORDER", "SORT", "DISTRIBUTE", "CLUSTER"})
_PLAIN = frozenset({"SELECT", "WHERE", "HAVING", "LIMIT", "OFFSET", "QUALIFY", "UNION", "INTERSECT", "VALUES"})
_SET_OPERATION = frozenset({"EXCEPT", "MINUS"})
_JOINING = frozenset({"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "OUTER", "SEMI", "ANTI", "JOIN"})
_AFTER_HEAD = frozenset({"BY", "DISTINCT", "ALL", "RECURSIVE"})


def laid_out(text: str) -> str:
    """One statement, with its comments. Raises `Unclear` where its parentheses or strings do not close."""
    return "\n".join(line.rstrip() if line.lstrip().startswith("--") else line for line in _query(tree(text), 0))


# Clauses


def _query(nodes: list[Node], indent: int) -> list[str]:
    lines = []
    for clause in _clauses(nodes):
        lines += _clause(clause, indent)
    return lines


def _clauses(nodes: list[Node]) -> Iterator[list[Node]]:
    """A query taken apart before each keyword that begins a clause; comments go with what follows them."""
    current: list[Node] = []
    depth = 0
    for index, node in enumerate(nodes):
        depth += (node.key == "CASE") - (node.key == "END" and depth > 0)
        if current and depth == 0 and _begins(nodes, index):
            behind = len(current)
            while behind and current[behind - 1].alone:
                behind -= 1
            if behind:
                yield current[:behind]
            current = current[behind:]
        current.append(node)
    if current:
        yield current


def _begins(nodes: list[Node], index: int) -> bool:
    key = nodes[index].key
    if not key or is_name(nodes, index):
        return False
    rest = [node for node in nodes[index + 1 : index + 5] if node.kind not in {"line", "block"}]
    before = nodes[index - 1].key if index else ""
    following = rest[0].key if rest else ""
    if key in _PLAIN:
        return True
    if key == "FROM":
        return before not in {"DISTINCT", "DELETE"}
    if key in _BY:
        return following == "BY"
    if key in _SET_OPERATION:
        return following in {"ALL", "DISTINCT", *QUERY} or (
            bool(rest) and isinstance(rest[0], Group) and rest[0].is_query
        )
    if key in _JOINING and before not in _JOINING:
        joining = [key]
        for node in rest:
            if node.key not in _JOINING:
                break
            joining.append(node.key)
        return "JOIN" in joining
    if key == "LATERAL":
        return following == "VIEW"
    first = next((node.key for node in nodes if node.key), "")
    return (first, key) in {("UPDATE", "SET"), ("MERGE", "USING"), ("MERGE", "WHEN")}


def _clause(nodes: list[Node], indent: int) -> list[str]:
    ahead = [node.text for node in nodes if isinstance(node, Word) and node.alone]
    start = next((at for at, node in enumerate(nodes) if not node.alone), len(nodes))
    lines = [" " * indent + text for text in ahead[:start]]
    nodes = nodes[start:]
    if not nodes:
        return lines
    whole = flat(nodes)
    if whole is not None and _fits(whole, indent):
        return [*lines, " " * indent + whole]
    head = 1
    while head < len(nodes) and (nodes[head].key in _AFTER_HEAD or nodes[head].kind == "hint"):
        head += 1
    if nodes[0].key in _LISTS and head < len(nodes):
        return [*lines, " " * indent + str(flat(nodes[:head])), *_items(nodes[head:], indent + _STEP)]
    return [*lines, *_conditions(nodes, indent)]


def _items(nodes: list[Node], indent: int) -> list[str]:
    """A list, a line for each item; literals side by side."""
    lines: list[str] = []
    were_values = False
    for item, tail in _split(nodes):
        whole = flat(item)
        are_values = tail in {"", ","} and all(node.kind in {"string", "number"} for node in item)
        if were_values and are_values and whole and _fits(f"{lines[-1].strip()} {whole}", indent):
            lines[-1] += f" {whole}"
        else:
            lines += _lines(item, indent)
        lines[-1] += tail
        were_values = are_values
    return lines


def _split(nodes: list[Node]) -> Iterator[tuple[list[Node], str]]:
    """The items between commas, each with its comma and the comment behind it."""
    item: list[Node] = []
    depth = 0
    at = 0
    while at < len(nodes):
        node = nodes[at]
        at += 1
        shown = node.text if isinstance(node, Word) else ""
        # ARRAY<STRUCT<a: INT, b: INT>> is one item.
        depth += (shown == "<" and bool(item) and item[-1].key in _NESTED) - (shown == ">" and depth > 0)
        if shown != "," or depth:
            item.append(node)
            continue
        if item and item[-1].kind == "line":
            yield item, ""  # the comma stays behind the comment, at the beginning of the next line
            item = [node]
            continue
        tail = ","
        while at < len(nodes) and nodes[at].kind in {"line", "block"} and not nodes[at].alone:
            comment = nodes[at]
            tail += f" {comment.text}" if isinstance(comment, Word) else ""
            at += 1
        yield item, tail
        item = []
    if item:
        yield item, ""


def _conditions(nodes: list[Node], indent: int) -> list[str]:
    """A clause whose AND and OR begin lines."""
    parts: list[list[Node]] = [[]]
    depth = between = 0
    for node in nodes:
        depth += (node.key == "CASE") - (node.key == "END" and depth > 0)
        between += node.key == "BETWEEN"
        if node.key in {"AND", "OR", "ON"} and depth == 0 and not (node.key == "AND" and between) and parts[-1]:
            parts.append([])
        between -= node.key == "AND" and between > 0
        parts[-1].append(node)
    lines: list[str] = []
    for number, part in enumerate(parts):
        lines += _lines(part, indent + (_STEP if number else 0))
    return lines


# Lines


def _fits(text: str, indent: int) -> bool:
    return indent + len(text) <= WIDTH and "\n" not in text


def _lines(nodes: list[Node], indent: int) -> list[str]:
    """Nodes one behind the other, on as few lines as they need."""
    whole = flat(nodes)
    if whole is not None and _fits(whole, indent):
        return [" " * indent + whole]
    lines: list[str] = []
    current, deep, depth = "", indent, 0

    def close() -> None:
        nonlocal current
        if current:
            lines.append(" " * deep + current)
        current = ""

    for index, node in enumerate(nodes):
        if node.key in {"WHEN", "ELSE", "END"} and depth:
            close()
            deep = indent + _STEP * (depth if node.key != "END" else depth - 1)
        depth += (node.key == "CASE") - (node.key == "END" and depth > 0)
        if isinstance(node, Word) and node.kind in {"line", "block"}:
            if node.alone:
                close()
                lines.append(" " * (indent + _STEP * bool(lines)) + node.text)
                deep = indent + _STEP
                continue
            current += (" " if current else "") + node.text
            if node.kind == "line":
                close()
                deep = indent + _STEP
            continue
        space = gap(nodes, index) if current else ""
        shown = node.flat
        if (
            isinstance(node, Group)
            and node.body
            and (shown is None or node.is_query or not _fits(current + shown, deep))
        ):
            current += space + "("
            close()
            inner = _query if node.is_query else _items
            lines += inner(node.body, deep + _STEP)
            current = ")"
        else:
            current += space + cased(nodes, index, shown or "()")
    close()
    return lines or [""]
