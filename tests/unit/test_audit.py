"""The audit stream is what docs/audit.md says: each event of the code is in the table, each line of it in the code."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

from portal.viewer import audit as stream
from portal.viewer.events import EVENTS, table
from tests.sandbox_client import ROOT

START, END = "<!-- events -->\n", "<!-- /events -->"
CALLS = {"audit", "audit_read", "audited"}
OWN = set(inspect.signature(stream.audit).parameters) | {"read"}
"""Of the functions themselves, rather than of an event."""


def test_the_documents_table_is_the_codes():
    text = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
    assert text.partition(START)[2].partition(END)[0] == table() + "\n"


def names(node: ast.expr, known: dict[str, set[str]]) -> set[str]:
    """The events that an argument may name. A part that is filled in stands for anything."""
    match node:
        case ast.Constant(value=str(name)):
            return {name}
        case ast.IfExp(body=one, orelse=other):
            return names(one, known) | names(other, known)
        case ast.Name(id=variable):
            return known.get(variable, set())
        case ast.JoinedStr(values=parts):
            texts = [part.value if isinstance(part, ast.Constant) else "*" for part in parts]
            return {"".join(map(str, texts))}
    raise AssertionError(f"not an event's name: {ast.dump(node)}")


def calls() -> Iterator[tuple[str, set[str], set[str]]]:
    """(file, events, keywords) of each call that writes one."""
    for folder in ("portal", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name == "audit.py" or "sandbox" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            if "audit" not in text:
                continue
            tree = ast.parse(text)
            # A helper that is handed the name: what it is called with.
            handed: dict[str, set[str]] = {}
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_audited":
                    handed.setdefault("action", set()).update(names(node.args[0], {}))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                    keywords = {word.arg for word in node.keywords if word.arg} - OWN
                    yield path.name, names(node.args[0], handed), keywords


def fits(pattern: str, name: str) -> bool:
    head, star, tail = pattern.partition("*")
    return name == pattern or (bool(star) and name.startswith(head) and name.endswith(tail))


def test_every_event_of_the_code_is_in_the_table_with_its_fields():
    found = list(calls())
    assert len(found) > 12
    for file, events, keywords in found:
        assert events, f"{file}: which event?"
        for pattern in events:
            of_the_table = [name for name in EVENTS if fits(pattern, name)]
            assert of_the_table, f"{file}: {pattern} is not in portal/viewer/events.py"
            for name in of_the_table:
                assert keywords <= set(EVENTS[name].fields), f"{file}: {name} has {keywords}"


def test_every_event_of_the_table_is_in_the_code():
    patterns = {pattern for _, events, _ in calls() for pattern in events}
    for name in EVENTS:
        assert any(fits(pattern, name) for pattern in patterns), name


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (1.0, 400, 400), (0.5, 120, 280)])
def test_reads_are_recorded_for_the_share_that_is_set(
    share: float, least: int, most: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    import structlog

    monkeypatch.setenv("PORTAL_AUDIT_READS", str(share))
    stream.settings.cache_clear()
    with structlog.testing.capture_logs() as written:
        for _ in range(400):
            stream.audit_read("page.open", "page/", "ok")
    stream.settings.cache_clear()
    assert least <= len(written) <= most
