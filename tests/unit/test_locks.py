"""What is installed is pinned to the byte, and the bill of materials names all of it."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from portal.deploy import sbom
from portal.doctor.machine import locked
from tests.sandbox_client import ROOT

MAIN = (ROOT / "requirements.txt").read_text(encoding="utf-8")
DEV = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [MAIN, DEV], ids=["main", "dev"])
def test_every_package_is_pinned_with_hashes_and_no_address(text: str):
    found = list(locked(text))
    assert len(found) > 60
    for wanted, hashes in found:
        assert re.fullmatch(r"==[^*,]+", str(wanted.specifier)), wanted
        assert hashes, wanted
        assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in hashes), wanted
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)


@pytest.mark.parametrize("extra", ["", "-dev", "-otel", "-spark"])
def test_every_lock_holds_what_the_project_needs(extra: str):
    """One that `make lock` was not run for installs a portal that cannot start."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {
        canonicalize_name(one.name)
        for one, _ in locked((ROOT / f"requirements{extra}.txt").read_text(encoding="utf-8"))
    }
    assert {canonicalize_name(Requirement(one).name) for one in project["dependencies"]} <= pinned


def test_both_locks_agree():
    main = {(wanted.name, str(wanted.marker)): str(wanted.specifier) for wanted, _ in locked(MAIN)}
    for wanted, _ in locked(DEV):
        assert main.get((wanted.name, str(wanted.marker)), str(wanted.specifier)) == str(wanted.specifier), wanted


@pytest.mark.parametrize("python", ["3.11.7", "3.12.1", "3.13.0"])
def test_one_version_of_each_package_is_meant_for_each_python(python: str):
    here = {
        "python_version": python.rpartition(".")[0], "python_full_version": python, "sys_platform": "linux",
        "platform_python_implementation": "CPython", "implementation_name": "cpython",
    }  # fmt: skip
    names = [one.name for one, _ in locked(MAIN) if one.marker is None or one.marker.evaluate(here)]
    assert len(names) == len(set(names))
    assert {"dash", "numpy", "pandas", "pyarrow", "databricks-sdk", "posit-sdk"} <= set(names)
    assert SpecifierSet(">=3.11").contains(python)


def test_the_bill_names_every_package_of_both_halves_once():
    bill = json.loads(sbom.bill(ROOT))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", bill["serialNumber"])
    assert bill["metadata"]["component"]["name"] == "portal"
    parts = {one["bom-ref"]: one for one in bill["components"]}
    assert len(parts) == len(bill["components"])
    assert all(one["purl"] == ref and one["version"] and one["hashes"] for ref, one in parts.items())
    pinned = {f"pkg:pypi/{wanted.name}@{str(wanted.specifier)[2:]}" for wanted, _ in locked(MAIN)}
    assert {ref for ref in parts if ref.startswith("pkg:pypi/")} == pinned
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for name, version in wanted["dependencies"].items():
        assert f"pkg:npm/{name.replace('@', '%40')}@{version}" in parts
    for name in wanted.get("devDependencies", {}):
        assert not [ref for ref in parts if name.replace("@", "%40") in ref]
    # The graph names nothing that is not in it.
    refs = {*parts, bill["metadata"]["component"]["bom-ref"]}
    for one in bill["dependencies"]:
        assert {one["ref"], *one.get("dependsOn", [])} <= refs
