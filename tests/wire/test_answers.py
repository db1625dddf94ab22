"""Every page over every answer that the API may give: whole, bare and odd, by the real SDK over real sockets."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.answers import make
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

KINDS = {"whole": "engineer", "bare": "analyst-west", "odd": "analyst-east"}
"""Who looks at which: what one of them keeps is not another's."""
UC = "/unity-catalog"
ROUTES = {
    "jobs-list": "/jobs/list$",
    "jobs-get": "/jobs/get$",
    "runs-list": "/jobs/runs/list$",
    "runs-get": "/jobs/runs/get$",
    "runs-get-output": "/jobs/runs/get-output$",
    "job-permissions": "/permissions/jobs/",
    "service-principals": "/ServicePrincipals$",
    "catalogs": f"{UC}/catalogs$",
    "catalog": f"{UC}/catalogs/",
    "schemas": f"{UC}/schemas$",
    "schema": f"{UC}/schemas/",
    "tables": f"{UC}/tables$",
    "table": f"{UC}/tables/",
    "table-summaries": f"{UC}/table-summaries$",
    "functions": f"{UC}/functions$",
    "volumes": f"{UC}/volumes$",
    "models": f"{UC}/models$",
    "grants": f"{UC}/effective-permissions/",
    "tags": "/entity-tag-assignments/",
}
JOB = f"jobs/{make.JOB}"
RUN = f"{JOB}/runs/{make.RUN}"
CATALOG = "catalog/" + "/".join(make.PATH)
PAGES = ("", "jobs", JOB, RUN, "catalog", "catalog/kept", "catalog/kept/things", CATALOG)
NEVER = (
    "Something went wrong",
    "Traceback (most",
    "\\u001b",
    "NaN",
    ">None<",
    '"None"',
    "{'",
    "<databricks",
    "undefined",
)
"""What no page shows, whatever came."""


def answer(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((make.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", make.SHAPES)
def test_the_folder_has_every_member_that_the_sdk_knows(name: str):
    kind, place = make.SHAPES[name]
    body: Any = answer(name)["whole"]
    for step in place:
        body = body[step]
    lacking = sorted(_lacking(kind, [body], ()))
    assert not lacking, "write the folder anew: python -m tests.answers"


def _lacking(kind: type, found: list[Any], within: tuple[type, ...]) -> Iterator[str]:
    """Members of a dataclass that none of these has, and of the dataclasses in it."""
    for name, hint in make.members(kind).items():
        if name in make.PAGING or (kind.__name__ == "RunOutput" and name == "metadata"):
            continue
        inside: Any = make.inner(hint)
        there = [one[name] for one in found if isinstance(one, dict) and name in one]
        if getattr(inside, "__origin__", None) is list:
            inside = inside.__args__[0]
            there = [one for some in there for one in some]
        if dataclasses.is_dataclass(inside) and inside in (*within, kind):
            continue
        # A constraint is of one kind; and of lists the tasks of every kind are in what get answers.
        if not there and (kind.__name__ == "TableConstraint" or (name.endswith("_task") and len(found) < 3)):
            continue
        if not there:
            yield f"{kind.__name__}.{name}"
        if there and dataclasses.is_dataclass(inside):
            yield from _lacking(inside, there, (*within, kind))


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process, PORTAL_CACHE_URL="memory"))
    yield running
    running.stop()


@pytest.fixture
def given(sandbox: SandboxClient) -> Iterator[SandboxClient]:
    yield sandbox
    sandbox.clear_faults()


def pages(portal: Portal, site: SandboxClient, kind: str, *paths: str) -> dict[str, str]:
    """What each page shows over the answers of this kind."""
    for name, route in ROUTES.items():
        site.fault(route=route, method="GET", status=200, body=answer(name)[kind])
    token = site.session(KINDS[kind])
    return {path: portal.page(path, token) for path in paths}


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_bears_every_answer(portal: Portal, given: SandboxClient, kind: str):
    begun = len(portal.log)
    every = [one["task_key"] for one in answer("runs-get")["whole"]["tasks"]]
    chosen = [f"{RUN}?task={key}" for key in dict.fromkeys(every)] if kind != "bare" else []
    shown = pages(portal, given, kind, *PAGES, *chosen)
    wrong = [
        f"{path}: {text[max(0, at - 200) : at + 100]}"
        for path, text in shown.items()
        for word in NEVER
        if (at := text.find(word)) >= 0
    ]
    assert not wrong, "\n\n".join(wrong)
    log = portal.log[begun:]
    assert "Traceback" not in log, log[log.index("Traceback") - 500 : log.index("Traceback") + 3000]


def test_what_an_answer_lacks_is_never_made_up(portal: Portal, given: SandboxClient):
    for path, text in pages(portal, given, "bare", JOB, RUN, CATALOG).items():
        for word in ("Serverless", "1 run", "1970", 'Succeeded\\"', "Every day", "all_success", "All success"):
            assert word not in text, f"{path}: {word}"


def test_what_the_answers_hold_is_shown(portal: Portal, given: SandboxClient):
    shown = pages(portal, given, "whole", JOB, RUN, f"{RUN}?task=a_sql_task", CATALOG)
    assert "sql_task" in shown[RUN]
    assert "By a Databricks Asset Bundle" in shown[JOB]
    assert "Failed" in shown[RUN]
    assert "kept" in shown[CATALOG]


def test_words_of_tomorrow_are_shown_as_they_came(portal: Portal, given: SandboxClient):
    shown = pages(portal, given, "odd", RUN, CATALOG)
    assert "of tomorrow" in shown[RUN].replace("_", " ").lower()
    assert "of tomorrow" in shown[CATALOG].replace("_", " ").lower()
