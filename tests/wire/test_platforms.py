"""Another platform is one file: here one is added to a copy of the portal, and everything else follows from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal_process import Portal, start_portal
from tests.sandbox_client import ROOT, SandboxClient

GATEWAY = '''
"""An intranet's gateway, whose broker gives a Databricks credential for its ticket."""

import os
import time

from portal.viewer.credential import Grant
from portal.viewer.errors import SignInToDatabricks
from portal.viewer.platform import Platform, Words, header_token

LOGIN = "https://intranet.example.com/sign-in"


class Gateway(Platform):
    name = "gateway"
    precedence = 15

    @classmethod
    def is_here(cls, settings):
        return "INTRANET_GATEWAY" in os.environ

    def token(self, headers, environ):
        return header_token(headers, "X-Intranet-Ticket")

    def login_url(self):
        return LOGIN

    def grant(self, token):
        if not token.startswith("ticket-of-"):
            raise SignInToDatabricks(LOGIN)
        now = time.time()
        return Grant("dapi-" + token.removeprefix("ticket-of-"), now + 600, now)

    @property
    def words(self):
        return Words(
            issuer="the gateway", credential="The gateway's broker lent it", viewers="Whom the gateway lets in."
        )
'''


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The portal's files, and one more."""
    root = tmp_path_factory.mktemp("portal")
    shutil.copytree(ROOT / "portal", root / "portal", ignore=shutil.ignore_patterns("sandbox", "__pycache__"))
    for name in ("assets", "pages", "wsgi.py", "gunicorn.conf.py", "requirements.txt"):
        (root / name).symlink_to(ROOT / name)
    (root / "portal/viewer/platforms/gateway.py").write_text(GATEWAY, encoding="utf-8")
    return root


def variables(sandbox: SandboxClient) -> dict[str, str]:
    return {
        "INTRANET_GATEWAY": "1",
        "DATABRICKS_HOST": sandbox.workspace_host,
        "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
        "SSL_CERT_FILE": sandbox.ca_bundle,
        "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
    }


@pytest.fixture(scope="module")
def portal(tree: Path, sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(variables(sandbox_process), "--workers", "2", "--threads", "4", root=tree)
    yield running
    running.stop()


def ticket(viewer: str) -> dict[str, str]:
    return {"X-Intranet-Ticket": f"ticket-of-{viewer}"}


def test_its_viewers_are_themselves_and_read_how_their_credential_came(portal: Portal, sandbox: SandboxClient):
    shown = portal.page("identity", headers=ticket("analyst-west"))
    assert "Analyst West" in shown
    assert "The gateway's broker lent it" in shown
    assert "Analyst East" in portal.page("identity", headers=ticket("analyst-east"))
    assert "tpep_pickup_datetime" in portal.page("trips", headers=ticket("analyst-west"))


def test_nobody_and_a_stranger_meet_its_states(portal: Portal, sandbox: SandboxClient):
    assert "Sign in to" in portal.page("identity")
    assert "https://intranet.example.com/sign-in" in portal.page("identity", headers={"X-Intranet-Ticket": "forged"})
    assert "Sign in to" in portal.page("identity", headers={"Posit-Connect-User-Session-Token": "of-elsewhere"})


def test_what_ends_there_ends_in_both_workers(portal: Portal, sandbox: SandboxClient):
    mine = ticket("engineer")
    for _ in range(6):
        assert "Engineer" in portal.page("identity", headers=mine)
    assert portal.post("session/end", headers=mine).json()["everywhere"] is True
    time.sleep(2)  # by then the other worker has heard
    for _ in range(6):
        assert "Session ended" in portal.page("identity", headers=mine)
    assert portal.post("session/continue", headers=mine).status_code == 200
    assert "Engineer" in portal.page("identity", headers=mine)


def test_the_doctor_has_its_words(tree: Path, sandbox: SandboxClient):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "PORTAL_"))}
    done = subprocess.run(
        [sys.executable, "-m", "portal", "doctor", "--json", "--session-token", "ticket-of-engineer"],
        cwd=tree,
        env={**kept, **variables(sandbox)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert found["who viewers are"]["says"] == "Whom the gateway lets in."
    assert found["exchange"]["says"].endswith("(gateway).")
    assert "engineer@example.com" in found["identity"]["says"]


def test_no_other_file_names_a_platform():
    """Whoever would branch on the place asks the place instead."""
    names = ("Connect", "Apps", "Developer", "Nowhere")
    for path in [*(ROOT / "portal").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        parts = path.relative_to(ROOT).parts
        if parts[:3] == ("portal", "viewer", "platforms") or parts[1] == "sandbox":
            continue
        text = path.read_text(encoding="utf-8")
        assert "viewer.platforms." not in text, path
        assert not any(f"isinstance(platform, {name}" in text for name in names), path
        assert "platform.name ==" not in text, path
