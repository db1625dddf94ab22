"""The examples of the documentation run, as the viewer analyst-west, against the sandbox."""

from __future__ import annotations

import doctest
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from portal import api, counters
from portal.api import statements
from tests.sandbox_client import ROOT

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run(text: str, name: str) -> None:
    """Run the examples of a text; fences of Markdown are no part of what is expected."""
    plain = re.sub(r"^```.*$", "", text, flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(plain, {}, name, name, 0)
    assert examples.examples, f"{name} has no example"
    said: list[str] = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(examples, out=said.append)
    assert not result.failed, "".join(said)


def test_the_page_api_is_as_documented(as_a_viewer: None):
    run((ROOT / "docs" / "page-api.md").read_text(encoding="utf-8"), "page-api.md")


def test_the_sql_of_the_five_minute_page_runs(as_a_viewer: None):
    text = (ROOT / "docs" / "adding-a-page.md").read_text(encoding="utf-8")
    (sql,) = re.findall(r'^ORDERS = "(.*)"$', text, re.MULTILINE)
    assert api.query(sql, {"region": ""}).num_rows > 0
    assert set(api.query(sql, {"region": "west"})["region"].to_pylist()) == {"west"}
    assert api.query(sql, {"region": "east"}).num_rows == 0, "not this viewer's"


def blocks() -> list[tuple[str, str]]:
    """Every block of Python in the documents that is no example with its answers, by document and number."""
    found: list[tuple[str, str]] = []
    for document in sorted((ROOT / "docs").rglob("*.md")):
        code = re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
        plain = [one for one in code if not one.startswith(">>>")]
        found += [(f"{document.stem}-{at}", one) for at, one in enumerate(plain)]
    return found


def test_every_block_of_python_is_laid_out_and_passes_lint(tmp_path: Path):
    """Parts of a page use what other parts of it import: F821 and F401 are asked of whole pages (test_new_page.py)."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, code in blocks():
        (tmp_path / f"{name.replace('-', '_')}.py").write_text(code, encoding="utf-8")
    for command in (["check", "--ignore", "F821,F401,I001,B018"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "."], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def examples() -> Iterator[tuple[str, str]]:
    """The examples of each document, one after the other, by document."""
    for document in sorted((ROOT / "docs").rglob("*.md")):
        plain = re.sub(r"^```.*$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if found := doctest.DocTestParser().get_examples(plain):
            yield document.stem, "".join(example.source for example in found)


def test_every_block_of_python_every_example_and_every_recipe_passes_the_types(tmp_path: Path):
    """Parts of a page use what other parts of it import, and pages need no annotations: nothing else is let pass."""
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").touch()
    recipes = [(path.stem, path.read_text(encoding="utf-8")) for path in (ROOT / "docs" / "cookbook").glob("*.py")]
    for kind, found in (("block", blocks()), ("examples", examples()), ("recipe", recipes)):
        for name, code in found:
            (package / f"{kind}_{name.replace('-', '_')}.py").write_text(code, encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    configuration = tmp_path / "pyproject.toml"
    configuration.write_text(re.sub(r"^files = .*$", "", project, flags=re.MULTILINE) + RULES, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(configuration), str(package)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert "Success" in done.stdout


PACKAGE = "of_docs"
RULES = f"""
[[tool.mypy.overrides]]
module = ["{PACKAGE}.*"]
disable_error_code = ["name-defined", "var-annotated"]
disallow_untyped_defs = false
"""


def test_links_between_the_documents_lead_somewhere():
    for document in (ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize("module", [statements, counters])
def test_docstrings_with_examples_hold(as_a_viewer: None, module: ModuleType):
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert found
    for test in found:
        said: list[str] = []
        assert not doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append).failed, "".join(said)


def test_every_name_of_the_api_is_documented():
    text = (ROOT / "docs" / "page-api.md").read_text(encoding="utf-8")
    types = {"Column", "Manifest", "Me", "Result", "Statement", "Viewer"}  # what the functions return
    assert not [name for name in api.__all__ if name not in types and not re.search(rf"\b{name}\b", text)]
