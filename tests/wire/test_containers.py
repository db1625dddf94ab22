"""The files that run the portal elsewhere: each parses, says what docs/containers.md promises, and its command runs."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
import yaml

from portal.settings import Settings, variables
from tests.portal_process import connect_variables, free_port
from tests.sandbox_client import ROOT, SandboxClient

INSTRUCTIONS = {
    "ARG", "FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip
COMPOSE = yaml.safe_load((ROOT / "ops" / "compose.yaml").read_text(encoding="utf-8"))


def containerfile() -> list[tuple[str, str]]:
    """(instruction, its text), with continued lines joined."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"(?m)^\s*#.*\n", "", text)
    joined = re.sub(r"\\\n\s*", " ", lines)
    found = [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]
    return [(word, rest) for word, rest in found]


def last(word: str) -> str:
    return [rest for one, rest in containerfile() if one == word][-1]


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(ROOT / "ops" / "portal.service", encoding="utf-8")
    return parser


def test_the_containerfile_is_of_two_stages_without_root_and_with_a_pinned_base():
    found = containerfile()
    assert {word for word, _ in found} <= INSTRUCTIONS
    stages = [rest for word, rest in found if word == "FROM"]
    assert stages == ["${BASE} AS build", "${BASE}"]
    assert ("ARG", "BASE") in found, "a base without a digest must not be the default"
    assert any("@sha256:" in rest for word, rest in found if word == "RUN")
    assert any("--require-hashes" in rest for word, rest in found if word == "RUN")
    user, group = last("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0
    for word, rest in found:
        if word == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
    assert not any(
        "secret" in rest.lower() or "token" in rest.lower() for word, rest in found if word in {"ENV", "ARG"}
    )


def test_compose_builds_it_and_closes_what_it_can():
    portal = COMPOSE["services"]["portal"]
    assert (ROOT / "ops" / portal["build"]["context"] / portal["build"]["dockerfile"]).samefile(ROOT / "Containerfile")
    for name, service in COMPOSE["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert "image" not in service or service["image"].startswith("${"), "by name and digest, as a variable"
    graceful = int(re.search(r"(?m)^graceful_timeout = (\d+)", (ROOT / "portal/gunicorn.py").read_text()).group(1))  # type: ignore[union-attr]
    assert int(portal["stop_grace_period"].removesuffix("s")) > graceful
    assert int(unit()["Service"]["TimeoutStopSec"]) > graceful
    mounted = [volume.partition(":")[0] for volume in COMPOSE["services"]["prometheus"]["volumes"]]
    for source in (one for one in mounted if one.startswith("./")):
        assert (ROOT / "ops" / source).is_file(), source


def test_every_variable_that_is_set_is_a_setting():
    known = {name for field in Settings.model_fields for name in variables(field)}
    example = (ROOT / "ops" / "portal.env.example").read_text(encoding="utf-8")
    names = set(re.findall(r"(?m)^([A-Z_]+)=", example)) | set(COMPOSE["services"]["portal"]["environment"])
    assert names <= known


def test_prometheus_is_told_of_the_portal_and_its_rules():
    promtool = shutil.which("promtool")
    assert promtool is not None, "apt-get install prometheus"
    config = yaml.safe_load((ROOT / "ops" / "prometheus.yml").read_text(encoding="utf-8"))
    assert (ROOT / "ops" / config["rule_files"][0]).is_file()
    (job,) = config["scrape_configs"]
    assert job["job_name"] == "portal"
    assert job["static_configs"][0]["targets"] == ["portal:8000"]


def test_systemd_takes_the_unit(tmp_path: Path):
    service = unit()["Service"]
    assert service["User"] != "root"
    assert service["LimitCORE"] == "0"
    assert service["RestartPreventExitStatus"] == "3"
    if analyze := shutil.which("systemd-analyze"):
        # It wants the programs and the account of the machine that it is for.
        text = (ROOT / "ops" / "portal.service").read_text(encoding="utf-8")
        text = text.replace("/opt/portal/.venv/bin/python", sys.executable).replace("/opt/portal", str(ROOT))
        text = re.sub(r"(?m)^(User|Group)=.*\n", "", text)
        file = tmp_path / "portal.service"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, timeout=60)
        wrong = [line for line in done.stderr.splitlines() if "portal.service" in line]
        assert not wrong, wrong


def commands() -> dict[str, list[str]]:
    return {
        "container": [*json.loads(last("ENTRYPOINT")), *json.loads(last("CMD"))],
        "systemd": shlex.split(unit()["Service"]["ExecStart"]),
    }


def test_both_run_the_command_of_the_page():
    page = (ROOT / "docs" / "containers.md").read_text(encoding="utf-8")
    for words in commands().values():
        shown = " ".join(["python", *words[1:]]).replace("127.0.0.1", "0.0.0.0")
        assert shown in page


@pytest.mark.parametrize("where", ["container", "systemd"])
def test_the_command_serves_and_its_health_check_sees_it(where: str, sandbox: SandboxClient, tmp_path: Path):
    port = free_port()
    words = [word.replace("0.0.0.0", "127.0.0.1").replace(":8000", f":{port}") for word in commands()[where]]
    words[0] = sys.executable
    ours = ("PORTAL_", "CONNECT_", "DATABRICKS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    home = tmp_path / "home"
    home.mkdir()
    environment = {**kept, **connect_variables(sandbox), "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        check = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
        check = [sys.executable, *(word.replace(":8000", f":{port}") for word in check[1:])]
        deadline = time.monotonic() + 60
        while subprocess.run(check, capture_output=True).returncode != 0:
            assert time.monotonic() < deadline
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.3)
        said = requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).json()
        assert said["status"] == "ok"
        assert not list(home.iterdir()), "nothing is written to a home that may not be there"
    finally:
        process.terminate()
        assert process.wait(20) == 0
