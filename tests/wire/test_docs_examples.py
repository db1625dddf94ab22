"""The examples of the documentation run, as the viewer analyst-west, against the sandbox."""

from __future__ import annotations

import doctest
import re
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import structlog

from portal import api, counters
from portal.databricks import workspace
from portal.doctor.databricks import a_viewer
from portal.settings import settings
from portal.viewer import acting_as
from tests.portal_process import connect_variables
from tests.sandbox_client import ROOT, SandboxClient

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.fixture
def as_a_viewer(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as the content's: Connect's variables, and a viewer's session."""
    for name, value in connect_variables(sandbox).items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(workspace, "_client", workspace._Client())
    viewer = a_viewer(settings(), sandbox.session("analyst-west"))
    assert viewer is not None
    before = structlog.get_config()
    # Unconfigured, it prints to standard output, which is what the examples are compared with.
    structlog.reset_defaults()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with acting_as(viewer):
        yield
    structlog.configure(**before)
    settings.cache_clear()


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


def test_links_between_the_documents_lead_somewhere():
    for document in (ROOT / "docs").glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


@pytest.mark.parametrize("module", [api, counters])
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
