"""`python -m portal dev` over the real sandbox: what is saved is there, and nothing starts anew that need not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.developing import Developing, developing

PAGE = """
import dash
from dash import html

dash.register_page(__name__, path="/{path}", name="{path}")


def layout(**_):
    return html.P("{says}")
"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Developing]:
    with developing(tmp_path_factory.mktemp("dev")) as running:
        yield running


def asked(dev: Developing) -> dict[str, Any]:
    """What an open page asks for, again and again."""
    found: dict[str, Any] = dev.portal.get("dev/boot").json()
    return found


def test_a_new_page_and_each_save_of_it_are_there(dev: Developing):
    dev.saved("pages/ours.py", PAGE.format(path="ours", says="first"))
    assert "first" in dev.portal.page("ours")
    dev.saved("pages/ours.py", PAGE.format(path="ours", says="second"))
    assert "second" in dev.portal.page("ours")
    dev.saved("pages/team/deep.py", PAGE.format(path="deep", says="in a folder"))
    assert "in a folder" in dev.portal.page("deep")
    assert "Analyst West" in dev.portal.page("identity"), "as the chosen viewer"


def test_a_mistake_shows_its_traceback_and_the_next_save_mends_it(dev: Developing):
    dev.saved("pages/ours.py", PAGE.format(path="ours", says="first").replace("html.P", "html.Nothing"))
    shown = dev.portal.page("ours")
    assert "Traceback" in shown
    assert "html.Nothing" in shown
    dev.saved("pages/ours.py", PAGE.format(path="ours", says="mended"))
    assert "mended" in dev.portal.page("ours")


def test_what_the_next_process_has_imported_already_is_imported_anew_when_it_changes(dev: Developing):
    module = dev.root / "portal" / "ui" / "shell.py"
    text = module.read_text(encoding="utf-8")
    page = PAGE.format(path="ours", says="{}").replace('"{}"', "shell.SAID").replace("import dash\n", IMPORTS, 1)
    dev.saved("portal/ui/shell.py", text + '\nSAID = "of a module"\n')
    dev.saved("pages/ours.py", page)
    assert "of a module" in dev.portal.page("ours")
    dev.saved("portal/ui/shell.py", text + '\nSAID = "of its next version"\n')
    assert "of its next version" in dev.portal.page("ours")
    dev.saved("portal/ui/shell.py", text)
    dev.saved("pages/ours.py", PAGE.format(path="ours", says="as before"))
    assert "as before" in dev.portal.page("ours")


IMPORTS = "import dash\nfrom portal.ui import shell\n"


def test_a_style_sheet_and_a_script_start_nothing_anew(dev: Developing):
    before = asked(dev)
    for name in ("assets/shell.css", "assets/src/text.js"):
        text = (dev.root / name).read_text(encoding="utf-8")
        dev.saved(name, f"{text}\n/* saved */\n")
    after = asked(dev)
    assert after["boot"] != before["boot"], "the bundle is another"
    assert after["boot"].partition("-")[0] == before["boot"].partition("-")[0], "the process is not"
    assert after["styles"] != before["styles"]
    for address in after["styles"]:
        assert dev.portal.get(address.lstrip("/")).status_code == 200
    bundle = (dev.root / "assets" / "vendor" / "portal.js").read_text(encoding="utf-8")
    assert bundle.startswith("/* ")


def test_what_cannot_start_is_said_and_started_again(dev: Developing):
    text = (dev.root / "wsgi.py").read_text(encoding="utf-8")
    assert "does not start" in dev.saved("wsgi.py", text + "\n1 / 0\n")
    assert "there after" in dev.saved("wsgi.py", text)
    assert "Analyst West" in dev.portal.page("identity")
