"""ARCHITECTURE.md names files and functions of the code as it is: a rename that forgets it fails here."""

from __future__ import annotations

import re
import tomllib

from tests.sandbox_client import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FILE = re.compile(r"`((?:portal|pages|assets|tests|docs)/[\w./-]*|[\w-]+\.py|pyproject\.toml)`")
# `name` in `file`, `name` (`file`), `name` of `file`, as it is written there.
SAID = re.compile(r"`([A-Za-z_][\w.]*)`(?: in| of)? \(?`((?:portal|pages|assets)/[\w./-]+\.(?:py|js))`")
# Written by `new-page`.
ELSEWHERE = {"pages/NAME.py"}


def test_each_file_is_there():
    everywhere = {path.name for folder in ("portal", "pages") for path in (ROOT / folder).rglob("*.py")}
    for name in set(FILE.findall(TEXT)) - ELSEWHERE:
        assert (ROOT / name).exists() or name in everywhere, name


def test_each_name_is_in_the_file_that_it_is_said_to_be_in():
    said = SAID.findall(TEXT)
    assert len(said) > 30
    for name, file in said:
        code = (ROOT / file).read_text(encoding="utf-8")
        assert re.search(rf"\b{name.rpartition('.')[2]}\b", code), f"{name} in {file}"


def test_the_layers_are_those_that_lint_checks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = "\n".join(next(contract["layers"] for contract in contracts if contract["type"] == "layers"))
    assert f"```\n{layers}\n```" in TEXT


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
