"""Directories go with their owner, however it ends; a running owner's stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from portal import scratch, worker_counts

OWNER = "import os, sys, time; from pathlib import Path; from portal import scratch\n"


@pytest.fixture
def owner(tmp_path: Path):
    """Start a process that makes a directory and does as told; (process, its directory)."""
    started = []

    def start(then: str) -> tuple[subprocess.Popen[str], Path]:
        code = f"{OWNER}print(scratch.make('test', Path(sys.argv[1])), flush=True)\n{then}"
        command = [sys.executable, "-c", code, str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return process, Path(process.stdout.readline().strip())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_it_is_private_and_gone_at_the_end(owner):
    process, folder = owner("sys.stdin.readline()")
    assert folder.stat().st_mode & 0o077 == 0
    process.communicate("\n", timeout=20)
    assert not folder.exists()


def test_what_a_killed_process_left_goes_with_the_next_start_and_a_live_ones_stays(owner, tmp_path: Path):
    killed, left = owner("time.sleep(60)")
    _, alive = owner("time.sleep(60)")
    (left / "file").write_text("x")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert left.exists()
    scratch.sweep(tmp_path)
    assert not left.exists()
    assert alive.exists()


def test_a_fork_that_ends_leaves_its_parents(owner):
    _, folder = owner(
        "import os\nif os.fork() == 0: sys.exit(0)\nos.wait(); print('ended', flush=True); time.sleep(60)"
    )
    time.sleep(0.5)
    assert folder.exists()


def test_a_link_and_another_versions_young_directory_stay(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / f"{scratch.PREFIX}link").symlink_to(elsewhere)
    young, old = tmp_path / "portal-sessions-abc", tmp_path / "portal-chunks-abc"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    scratch.sweep(tmp_path)
    assert elsewhere.exists()
    assert young.exists()
    assert not old.exists()


def test_a_workers_counts_outlive_its_files(tmp_path: Path):
    key = mmap_key("c_total", "c_total", ["route"], ["/"], "help")
    for pid, value in ((11, 2.0), (12, 3.0), (13, 4.0)):
        for kind in ("counter", "gauge_livesum"):
            written = MmapedDict(str(tmp_path / f"{kind}_{pid}.db"))
            written.write_value(key, value, 0.0)
            written.close()
    for pid in (11, 12):
        worker_counts.fold(tmp_path, pid)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["counter_0.db", "counter_13.db", "gauge_livesum_13.db"]
    (found,) = MultiProcessCollector.merge([str(file) for file in tmp_path.glob("counter_*.db")])
    assert [sample.value for sample in found.samples] == [9.0]
