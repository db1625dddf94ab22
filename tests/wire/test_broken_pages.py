"""A page that breaks breaks only itself: at import, at registration, in its layout; and the log names it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient

REGISTER = """
import dash
from dash import html, Input, Output, callback
dash.register_page(__name__, path="/{0}", name="{1}"{2})
"""
LAYOUT = "def layout(**_):\n    return html.Div('unharmed')\n"
PAGES = {
    # What fails, with the page's name and where its state is looked for.
    "needs": ("import polars_that_nobody_has\n" + REGISTER.format("needs", "Needs", "") + LAYOUT, "needs"),
    "typo": ("def layout(:\n" + REGISTER.format("typo", "Typo", ""), "typo"),
    "leaves": ("raise SystemExit(1)\n" + REGISTER.format("leaves", "Leaves", "") + LAYOUT, "leaves"),
    "bare": (REGISTER.format("bare", "Bare", ""), "bare"),
    "numbered": (REGISTER.format("numbered", "Numbered", ", title=7") + LAYOUT, "numbered"),
    "draws": (REGISTER.format("draws", "Draws", "") + "def layout(**_):\n    return 1 / 0\n", "draws"),
    "sends": (REGISTER.format("sends", "Sends", "") + "def layout(**_):\n    return html.Div({1, 2})\n", "sends"),
    # Another page's address, and another page's callback.
    "second": (REGISTER.format("trips", "Second", "") + LAYOUT, "second"),
    "writes": (
        REGISTER.format("writes", "Writes", "")
        + LAYOUT
        + "@callback(Output('viewer-name', 'children'), Input('x', 'n'))\ndef steal(_):\n    return 'stolen'\n",
        "writes",
    ),
    # Nothing is wrong with this one, though a broken one imports it.
    "aa_imports": ("import pages.whole\n" + "import nobody_has_this\n", ""),
    # Nor with an icon that nobody has, in the navigation or on the page, nor with pages in folders.
    "cart": (
        REGISTER.format("cart", "Cart", ', icon="cart"')
        + "from portal.ui.icons import icon\ndef layout(**_):\n    return html.Div(['unharmed', icon('horse')])\n",
        "",
    ),
    "team/sub": (REGISTER.format("team/sub", "Sub", "") + LAYOUT, ""),
    "team/deep/broken": (REGISTER.format("team/deep/broken", "Deep", "") + "1 / 0\n", "team/deep/broken"),
    "whole": (REGISTER.format("whole", "Whole", "") + LAYOUT, ""),
}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, sandbox_process: SandboxClient) -> Iterator[Portal]:
    root = tmp_path_factory.mktemp("portal")
    shutil.copytree(ROOT / "pages", root / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("assets", "portal", "wsgi.py", "gunicorn.conf.py", "requirements.txt"):
        (root / name).symlink_to(ROOT / name)
    for name, (text, _) in PAGES.items():
        file = root / "pages" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", root=Path(root))
    yield running
    running.stop()


@pytest.mark.parametrize("name", [name for name, (_, path) in PAGES.items() if path])
def test_it_draws_its_own_state_with_a_request_id_that_the_log_has_with_its_name(
    portal: Portal, sandbox: SandboxClient, name: str
):
    token = sandbox.session("analyst-west")
    answer = portal.get(PAGES[name][1], token, headers={"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"})
    assert answer.status_code == 200
    assert "the others are not affected" in answer.text
    assert "unharmed" not in answer.text
    request_id = re.search(r"Request <code[^>]*>([0-9a-f]+)</code>", answer.text)
    assert request_id is not None
    lines = [line for line in portal.log.splitlines() if request_id[1] in line and '"page failed"' in line]
    assert lines
    assert f"pages.{name.replace('/', '.')}" in lines[0]
    assert "Traceback" not in answer.text, "it is the developer's alone"


def test_the_others_never_know(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "unharmed" in portal.page("whole", token)
    assert "tpep_pickup_datetime" in portal.page("trips", token)
    shown = portal.page("identity", token)
    assert "Analyst West" in shown
    assert "stolen" not in shown
    assert portal.get("readyz").status_code == 200
    assert "pages.needs" in portal.get("readyz").text


def test_a_page_that_is_navigated_to_draws_its_state_too(portal: Portal, sandbox: SandboxClient):
    assert "the others are not affected" in portal.page("draws", sandbox.session("analyst-west"))
    assert "the others are not affected" in portal.page("needs", sandbox.session("analyst-west"))


def test_an_icon_that_nobody_has_is_told_with_the_page(portal: Portal, sandbox: SandboxClient):
    assert "unharmed" in portal.page("cart", sandbox.session("analyst-west"))
    told = [line for line in portal.log.splitlines() if '"unknown icon"' in line]
    assert any("pages.cart" in line and '"cart"' in line for line in told)
    assert any("pages.cart" in line and '"horse"' in line for line in told)


def test_pages_in_folders_are_pages(portal: Portal, sandbox: SandboxClient):
    assert "unharmed" in portal.page("team/sub", sandbox.session("analyst-west"))
