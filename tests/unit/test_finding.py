"""What the palette shows of what it finds: the best, and how many there are."""

from __future__ import annotations

from portal.ui import finding


def test_the_best_is_found_however_many_hold_the_text():
    names = [f"a {number:02} of orders" for number in range(50)] + ["Orders", "orders, old", "by owner"]
    found = finding._best(names, "order", str, lambda name: ("star", name, "", "/"), "a note")
    assert [name for _, name, _, _ in found.hits][:3] == ["Orders", "orders, old", "a 00 of orders"]
    assert (len(found.hits), found.total, found.note) == (finding.EACH, 53, "a note")
