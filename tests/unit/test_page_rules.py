"""Which module belongs to which page, and what that means for hiding it and for who may have its callbacks."""

from __future__ import annotations

from portal.own_pages import ours
from portal.ui import registry
from portal.ui.page_rules import Rules
from portal.ui.page_source import source

WEST, EAST = frozenset({"west"}), frozenset({"east"})
PAGE = 'import dash\n{}\ndash.register_page(__name__, path="{}")\n'


def rules(texts: dict[str, str], hidden: tuple[str, ...] = (), **groups: tuple[str, ...]) -> Rules:
    given = tuple((name.replace("_of_", "/"), names) for name, names in groups.items())
    return Rules({name: source(name, text) for name, text in texts.items()}, hidden, given)


def of_ours(*hidden: str) -> Rules:
    return Rules({name: source(name, text) for name, text in registry.texts([ours()]).items()}, hidden)


def test_to_hide_jobs_is_to_hide_each_job_its_runs_and_their_actions():
    hidden = {name for name in of_ours("jobs").sources if of_ours("jobs").hides(name)}
    assert {"pages.jobs", "pages.job", "pages.run", "pages.job_actions"} <= hidden
    assert not hidden & {"pages.home", "pages.trips", "pages.warehouse", "pages.not_found_404"}
    by_address = of_ours("/jobs")
    assert {name for name in by_address.sources if by_address.hides(name)} == hidden


def test_all_leaves_the_page_for_addresses_that_are_none():
    every = of_ours("all")
    assert {name for name in every.sources if not every.hides(name)} == {"pages.not_found_404"}


def test_a_module_of_callbacks_is_open_to_whom_one_of_its_pages_is():
    found = rules(
        {
            "own_pages.fares": PAGE.format("from . import shared, own", "/fares"),
            "own_pages.tolls": PAGE.format("from own_pages.shared import x", "/tolls"),
            "own_pages.shared": "from .deep import y",
            "own_pages.deep": "",
            "own_pages.own": "",
            "own_pages.fares_detail": "",
            "own_pages.other": "",
        },
        fares=("west",),
    )
    assert found.alternatives("own_pages.fares") == ((WEST,),)
    assert found.alternatives("own_pages.own") == ((WEST,),)
    assert found.alternatives("own_pages.fares_detail") == ((WEST,),)
    assert () in found.alternatives("own_pages.shared")
    assert () in found.alternatives("own_pages.deep")
    assert found.alternatives("own_pages.other") == ((),)
    assert found.alternatives("portal.ui.shell") == ()


def test_below_a_page_of_a_group_every_page_is_and_rules_add_up():
    found = rules(
        {
            "own_pages.fares": PAGE.format("", "/fares"),
            "own_pages.fare": 'import dash\ndash.register_page(__name__, path_template="/fares/<zip>")',
        },
        fares=("west",),
        fare=("east",),
    )
    assert found.needs("own_pages.fares", "/fares") == (WEST,)
    assert set(found.needs("own_pages.fare", "/fares/<zip>")) == {WEST, EAST}


def test_a_page_whose_address_its_text_does_not_say_is_limited_by_what_it_registers():
    found = rules(
        {"own_pages.fares": "import dash\nWHERE = '/x'\ndash.register_page(__name__, path=WHERE)"}, _of_x=("west",)
    )
    found.learned("own_pages.fares", ["/x"])
    assert found.alternatives("own_pages.fares") == ((WEST,),)


def test_a_name_that_no_page_has_is_told_with_the_nearest():
    (said,) = of_ours().unknown("PORTAL_HIDDEN_PAGES", ["jbos", "jobs", "/catalog", "all"])
    assert "is jobs meant" in said


def test_a_registration_and_an_import_are_found_wherever_they_stand():
    deep = "if a == 0:\n    pass\n" + "".join(f"elif a == {at}:\n    pass\n" for at in range(1, 900))
    text = (
        "try:\n    from dash import register_page as _\nexcept ImportError:\n    import pages.other\n"
        f"a = 1\n{deep}match a:\n    case 1:\n        with open('x') as x:\n            from . import near\n"
        "made = [dash.register_page(__name__, path='/inside')]\n"
    )
    found = source("pages.one", text)
    assert found.addresses == ("/inside",)
    assert found.registers
    assert {"pages.other", "pages.near", "dash.register_page"} <= found.imports
