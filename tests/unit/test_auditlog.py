"""Where audit events go, and what happens to one that cannot be written."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from portal import counters
from portal.settings import SettingsError, load
from portal.web import auditlog

PLAIN = logging.Formatter("%(message)s")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    stream = logging.getLogger(auditlog.NAME)
    before, level, passes = stream.handlers[:], stream.level, stream.propagate
    yield
    for handler in [one for one in stream.handlers if one not in before]:
        with suppress(OSError):  # what could not be written cannot be flushed either
            handler.close()
    stream.handlers[:], stream.propagate = before, passes
    stream.setLevel(level)


def write(text: str) -> None:
    logging.getLogger(auditlog.NAME).info(text)


def test_another_machines_syslog_gets_a_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        auditlog.configure(f"syslog://127.0.0.1:{receiver.getsockname()[1]}", PLAIN)
        write("somebody did something")
        said = receiver.recv(1000)
    # Facility authpriv (10), severity info (6).
    assert said == b"<86>portal: somebody did something"


def test_two_processes_append_whole_lines_to_one_file(tmp_path: Path):
    file = tmp_path / "audit.log"
    auditlog.configure(str(file), PLAIN)
    child = os.fork()
    for number in range(200):
        write(f"{'child' if child == 0 else 'parent'} {number} " + "x" * 500)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    lines = file.read_text().splitlines()
    assert len(lines) == 400
    assert {line.split()[0] for line in lines} == {"child", "parent"}
    assert all(line.endswith("x" * 500) and line.count(" ") == 2 for line in lines)


def test_the_logs_level_does_not_silence_it(tmp_path: Path):
    auditlog.configure(str(tmp_path / "audit.log"), PLAIN)
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        write("still here")
    finally:
        root.setLevel(before)
    assert "still here" in (tmp_path / "audit.log").read_text()


def test_an_event_that_cannot_be_written_is_counted_and_raises_nothing():
    before = counters.AUDIT_LOST._value.get()
    auditlog.configure("/dev/full", PLAIN)
    write("lost")
    assert counters.AUDIT_LOST._value.get() == before + 1


def test_a_place_that_cannot_be_opened_is_said(tmp_path: Path):
    with pytest.raises(SettingsError, match="it cannot be written"):
        auditlog.configure(str(tmp_path / "absent" / "audit.log"), PLAIN)


@pytest.mark.parametrize(
    "value", ["stdout", "stderr", "syslog", "syslog://loghost", "syslog://[::1]:514", "/var/a.log"]
)
def test_places(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("PORTAL_AUDIT_LOG", value)
    assert load().audit_log == value


@pytest.mark.parametrize("value", ["elsewhere", "a.log", "/tmp", "syslog://x..y", "syslog://h:99999", "https://h"])
def test_no_places(monkeypatch: pytest.MonkeyPatch, value: str):
    monkeypatch.setenv("PORTAL_AUDIT_LOG", value)
    with pytest.raises(SettingsError, match="should be stdout, stderr, an absolute path"):
        load()
