"""Which pages a portal has, and who may open them: what the settings say of pages, by name or address.

A name is a module's (`jobs`), an address a page's (`/jobs`); either means the page and all below it (`/jobs/<job>`). A
module without a page belongs to the pages that import it, else to the page whose name it begins with (`job_actions`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.own_pages import OURS
from portal.own_values import Lists, nearest_name
from portal.ui.page_source import Source

ALL = "all"
NOT_FOUND = "not_found_404"

Groups = frozenset[str]
Needs = tuple[Groups, ...]
"""One group of each."""


def below(address: str, top: str) -> bool:
    """Whether a page at this address is that page, or below it.

    >>> below("/jobs/<job>", "/jobs"), below("/jobs", "/jobs"), below("/jobsite", "/jobs"), below("/jobs", "/")
    (True, True, False, False)
    """
    return address == top or (top != "/" and address.startswith(f"{top.rstrip('/')}/"))


@dataclass
class Rules:
    """Of all modules of all folders; `learned` is told what each registered in truth."""

    sources: Mapping[str, Source]
    hidden: tuple[str, ...] = ()
    page_groups: Lists = ()
    _addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _made: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._addresses = {name: one.addresses for name, one in self.sources.items()}

    def learned(self, name: str, addresses: Iterable[str]) -> None:
        """A module's pages, now that it is imported."""
        self._addresses[name] = tuple(addresses)

    def made(self, name: str, what: Iterable[str]) -> None:
        """Callbacks and routes that a module's import registered, whoever wrote them: a form, an edited table."""
        self._made |= dict.fromkeys(what, name)

    def in_turn(self) -> list[str]:
        """All modules, each behind those that it imports: what an import registers is then the module's own."""
        found: dict[str, None] = {}

        def visit(name: str, above: frozenset[str]) -> None:
            if name in found or name in above or name not in self.sources:
                return
            for other in sorted(self.sources[name].imports):
                visit(other, above | {name})
            found[name] = None

        for name in self.sources:
            visit(name, frozenset())
        return list(found)

    def opens(self, what: str, module: str) -> tuple[Needs, ...]:
        """What opens a callback (`callback/<output>`) or a route (`route/<endpoint>`), by the module that its function
        was written in, else the one whose import registered it.
        """
        return self.alternatives(module if module in self.sources else self._made.get(what, module))

    def unknown(self, setting: str, names: Iterable[str]) -> list[str]:
        """A sentence for each name that no page has."""
        known = [one.short for one in self.sources.values()]
        known += sorted({address for found in self._addresses.values() for address in found})
        return [
            f"{setting} names {name[:60]!r}, and there is no such page{nearest_name(name, known)}."
            for name in names
            if name not in known and name != ALL
        ]

    def matches(self, key: str, name: str, address: str) -> bool:
        """Whether a name or address of the settings means this page."""
        if key == ALL:
            return name.startswith(f"{OURS}.") and not name.endswith(f".{NOT_FOUND}")
        if key.startswith("/"):
            return below(address, key)
        of_name = [one for one, its in self.sources.items() if its.short == key]
        return name in of_name or any(below(address, top) for one in of_name for top in self._addresses.get(one, ()))

    def hides(self, name: str) -> bool:
        """Whether a module is not there: all of its pages are hidden, or of the pages that it belongs to."""
        one = self.sources[name]
        if one.registers:
            addresses = self._addresses[name] or ("",)
            return all(any(self.matches(key, name, address) for key in self.hidden) for address in addresses)
        owners = self.owners(name)
        if not owners:
            return any(self.matches(key, name, "") for key in self.hidden)
        return all(self.hides(owner) for owner in owners)

    def hides_address(self, name: str, address: str) -> bool:
        return any(self.matches(key, name, address) for key in self.hidden)

    def owners(self, name: str) -> list[str]:
        """The pages that a module without one belongs to."""
        one, seen, waiting = self.sources[name], {name}, [name]
        found: list[str] = []
        while waiting:
            wanted = self.sources[waiting.pop()]
            for other in self.sources.values():
                if other.name in seen or other.root != wanted.root or wanted.name not in other.imports:
                    continue
                seen.add(other.name)
                (found if other.registers else waiting).append(other.name)
        if found:
            return found
        pages = [its for its in self.sources.values() if its.registers and its.folder == one.folder]
        named = [its for its in pages if one.short.startswith(f"{its.short}_")]
        return [max(named, key=lambda its: len(its.short)).name] if named else []

    def needs(self, name: str, address: str) -> Needs:
        """What a viewer must be a member of, one group of each, to open the page."""
        return tuple(frozenset(groups) for key, groups in self.page_groups if self.matches(key, name, address))

    def alternatives(self, name: str) -> tuple[Needs, ...]:
        """What opens the callbacks of a module: all that its own pages need, or what one of its owners does.

        One without any needs opens them to all.
        """
        if name not in self.sources:
            return ()
        pages = [name] if self.sources[name].registers else self.owners(name) or [name]
        found = []
        for page in pages:
            each = [self.needs(page, address) for address in self._addresses.get(page) or ("",)]
            found.append(tuple(dict.fromkeys(need for needs in each for need in needs)))
        return tuple(found)
