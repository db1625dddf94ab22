"""`python -m tests.clients [NAME…]`: installs each client by name, starts one sandbox, and walks their journeys.

Environments are kept in `.run/clients/`; remove one to have it made anew, with the newest that there is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

HOMES = ROOT / ".run" / "clients"
HERE = Path(__file__).parent
LONGEST = 900
"""Seconds for a journey."""


@dataclass(frozen=True)
class Client:
    """`packages` are of PyPI, or of npm for a script that Node runs."""

    script: str
    packages: tuple[str, ...]

    @property
    def home(self) -> Path:
        return HOMES / Path(self.script).stem

    @property
    def of_node(self) -> bool:
        return self.script.endswith(".mjs")

    def install(self) -> None:
        """Makes its environment, unless it is there."""
        done = self.home / ".installed"
        if done.exists() and done.read_text() == " ".join(self.packages):
            return
        self.home.mkdir(parents=True, exist_ok=True)
        if self.of_node:
            (self.home / "package.json").write_text('{"private": true}')
            command = ["npm", "install", "--no-audit", "--no-fund", "--silent", *self.packages]
        else:
            venv.create(self.home, with_pip=True, clear=True)
            command = [str(self.home / "bin" / "python"), "-m", "pip", "install", "--quiet", *self.packages]
        subprocess.run(command, cwd=self.home, check=True)
        done.write_text(" ".join(self.packages))

    def walk(self, sandbox: SandboxClient) -> bool:
        """Whether every step of its journey went well; each step prints a line."""
        program = "node" if self.of_node else str(self.home / "bin" / "python")
        done = subprocess.run([program, str(HERE / self.script)], env=self._environment(sandbox), timeout=LONGEST)
        return done.returncode == 0

    def _environment(self, sandbox: SandboxClient) -> dict[str, str]:
        port = sandbox.workspace_url.rsplit(":", 1)[1]
        return {
            **os.environ,
            "CLIENT_HOME": str(self.home),
            "DATABRICKS_HOST": sandbox.workspace_url,
            "DATABRICKS_PORT": port,
            "DATABRICKS_TOKEN": "dapi-engineer",
            "DATABRICKS_HTTP_PATH": sandbox.http_path,
            "DATABRICKS_WAREHOUSE_ID": sandbox.warehouse_id,
            **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), sandbox.ca_bundle),
        }


CLIENTS = {
    "node": Client("node.mjs", ("@databricks/sql",)),
    "alchemy": Client("alchemy.py", ("databricks-sqlalchemy", "databricks-sql-connector", "pyarrow")),
    # dbt 2 is another program (Fusion), fetched from elsewhere than the registry.
    "dbt": Client("dbt.py", ("dbt-core~=1.10.0", "dbt-databricks~=1.10.0")),
    "frames": Client("frames.py", ("databricks-sql-connector", "pyarrow", "pandas", "polars")),
    "sdk": Client("sdk.py", ("databricks-sdk",)),
    "connector": Client("connector.py", ("databricks-sql-connector", "pyarrow", "pandas")),
}


def main(names: list[str]) -> int:
    chosen = {name: CLIENTS[name] for name in names or CLIENTS}
    for client in chosen.values():
        client.install()
    failed = []
    for name, client in chosen.items():
        sandbox = start_sandbox()
        try:
            begun = time.monotonic()
            print(f"\n{name}", flush=True)
            if not client.walk(sandbox):
                failed.append(name)
            print(f"{time.monotonic() - begun:.0f} s", flush=True)
        except subprocess.TimeoutExpired:
            failed.append(name)
        finally:
            sandbox.stop()
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall went well")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
