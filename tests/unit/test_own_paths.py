"""Where things lie, for a clone, a deployed clone, an installed package and a team's bundle."""

from __future__ import annotations

from pathlib import Path

from portal import paths as module
from portal.paths import find


def folders(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)


def test_a_clone_is_its_own_project_wherever_it_is_started_from(tmp_path: Path):
    folders(tmp_path, "clone/portal", "clone/pages", "clone/assets", "elsewhere")
    found = find(tmp_path / "clone/portal", tmp_path / "elsewhere")
    assert found.package == found.project == tmp_path / "clone"
    assert found.assets == tmp_path / "clone/assets"
    assert found.is_clone


def test_an_installed_package_serves_the_folder_that_it_is_started_in(tmp_path: Path):
    folders(tmp_path, "site-packages/portal/shipped", "team")
    found = find(tmp_path / "site-packages/portal", tmp_path / "team")
    assert found.package == tmp_path / "site-packages/portal/shipped"
    assert found.project == tmp_path / "team"
    assert found.writable == tmp_path / "team/.run"
    assert not found.is_clone


def test_a_bundle_is_found_beside_the_package_in_it(tmp_path: Path):
    folders(tmp_path, "bundle/portal/shipped", "elsewhere")
    (tmp_path / "bundle/portal.toml").write_text("")
    assert find(tmp_path / "bundle/portal", tmp_path / "elsewhere").project == tmp_path / "bundle"


def test_a_clone_can_run_the_project_of_a_team(tmp_path: Path):
    folders(tmp_path, "clone/portal", "team")
    (tmp_path / "team/portal.toml").write_text("")
    found = find(tmp_path / "clone/portal", tmp_path / "team")
    assert (found.package, found.project) == (tmp_path / "clone", tmp_path / "team")


def test_no_other_module_computes_a_folder_of_its_own():
    code = Path(module.__file__).parent
    others = sorted(
        path.relative_to(code).as_posix()
        for path in code.rglob("*.py")
        if "Path(__file__)" in path.read_text(encoding="utf-8") and not path.is_relative_to(code / "sandbox")
    )
    assert others == ["build.py", "paths.py"], "portal.paths says where things lie (build.py hashes its own text)"
