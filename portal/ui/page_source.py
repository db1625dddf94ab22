"""What the text of a page's module says of it, before it is imported, and where it cannot be."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

_PROPERTIES = ("path", "path_template", "name", "order", "icon", "nav")
_PATH = re.compile(r"register_page\([^)]*?\bpath\s*=\s*[\"']([^\"']+)[\"']")


@dataclass(frozen=True)
class Source:
    """What the text of a module says of it, before it is imported."""

    name: str
    """`pages.jobs`."""
    addresses: tuple[str, ...]
    registers: bool
    imports: frozenset[str]
    """Names of modules of its package, `pages.jobs`."""

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def root(self) -> str:
        """`pages`, of `pages.team.orders` too."""
        return self.name.partition(".")[0]

    @property
    def folder(self) -> str:
        """`pages.team`."""
        return self.name.rpartition(".")[0]


def source(name: str, text: str) -> Source:
    """Reads a module's text; one that is no Python says nothing of itself."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        found = re.findall(r"\bpath(?:_template)?\s*=\s*[\"'](/[^\"']*)[\"']", text)
        return Source(name, tuple(found), "register_page(" in text, frozenset())
    addresses, imports = [], set()
    calls = _registrations(tree, text)
    for call in calls:
        given = [one.value for one in call.keywords if one.arg in {"path", "path_template"}]
        addresses += [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    for node in _statements(tree):
        if isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            imports |= {base, *(f"{base}.{one.name}" for one in node.names)}
        elif isinstance(node, ast.Import):
            imports |= {one.name for one in node.names}
    if calls and not addresses:
        addresses = [own_address(name)]
    return Source(name, tuple(addresses), bool(calls), frozenset(imports))


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement of a module, without a look into its expressions, which are most of it."""
    waiting: deque[ast.AST] = deque([tree])
    while waiting:
        node = waiting.popleft()
        for part in ("body", "handlers", "orelse", "finalbody", "cases"):
            inside: list[ast.AST] = getattr(node, part, [])
            waiting.extend(inside)
            yield from (one for one in inside if isinstance(one, ast.stmt))


def _registrations(tree: ast.Module, text: str) -> list[ast.Call]:
    """The calls of `register_page`, wherever they stand."""
    if "register_page" not in text:
        return []
    found = [one for node in _statements(tree) if isinstance(node, ast.Expr) and (one := _registration(node.value))]
    return found or [one for node in ast.walk(tree) if (one := _registration(node))]


def _registration(node: ast.AST) -> ast.Call | None:
    return node if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("register_page") else None


def own_address(name: str) -> str:
    """The address of a module's page that gives none, as Dash makes it.

    >>> own_address("pages.team.open_orders")
    '/team/open-orders'
    """
    return "/" + name.partition(".")[2].replace("_", "-").replace(".", "/")


def properties(text: str) -> dict[str, object] | None:
    """What a page's text says of itself in plain values, where it could not be run; None for none that registers."""
    if "register_page(" not in text:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        found = _PATH.search(text)
        return {"path": found[1]} if found else {}
    for call in _registrations(tree, text):
        plain = {one.arg: one.value.value for one in call.keywords if isinstance(one.value, ast.Constant)}
        return {key: plain[key] for key in _PROPERTIES if key in plain}
    return {}
