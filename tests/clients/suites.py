"""`python -m tests.clients.suites NAME CHECKOUT [PYTEST…]`: a vendor's own integration tests against the sandbox.

CHECKOUT is a clone of the client's repository, fetched by whoever runs this; nothing of it is kept here. What is left
out needs a service that the sandbox says it lacks (staging, volumes, transactions) or is no client of it (mocks).
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.__main__ import HOMES
from tests.sandbox_client import start_sandbox


@dataclass(frozen=True)
class Suite:
    packages: tuple[str, ...]
    """Beside the checkout itself."""
    tests: tuple[str, ...]
    """Pytest's own words: files, and what is left out."""
    environment: dict[str, str] = field(default_factory=dict)
    extras: str = ""


ACCOUNT_ID = "7a99b43c-b46c-432b-b0a7-814217701909"
"""The sandbox's."""
SDK_NEEDS = (
    "pytest", "pytest-mock", "pytest-rerunfailures", "requests-mock", "pyfakefs", "langchain-openai", "openai",
)  # fmt: skip
WITHOUT = (
    "staging",
    "volume",
    "streaming_put",
    "retry",
    "sea",
    "kernel",
    "extra_params1",
    "CoreSuite and extra_params2",
)
"""Of the connector's suite; the last two are `use_sea`."""
SUITES = {
    # github.com/databricks/databricks-sdk-py
    "sdk": Suite(
        SDK_NEEDS,
        ("tests/integration/test_iam.py", "tests/integration/test_jobs.py", "tests/integration/test_sql.py"),
        {"CLOUD_ENV": "aws", "TEST_ENVIRONMENT_TYPE": "WORKSPACE", "TEST_INSTANCE_POOL_ID": "pool"},
    ),
    "sdk-account": Suite(
        SDK_NEEDS,
        ("tests/integration/test_iam.py", "-k", "account"),
        {"CLOUD_ENV": "aws", "TEST_ENVIRONMENT_TYPE": "ACCOUNT", "DATABRICKS_ACCOUNT_ID": ACCOUNT_ID},
    ),
    # github.com/databricks/databricks-sql-python
    "connector": Suite(
        ("pytest", "pytz", "numpy", "pytest-xdist", "pytest-cov", "databricks-sdk"),
        (
            "tests/e2e",
            "--ignore=tests/e2e/test_kernel_backend.py",
            "--ignore=tests/e2e/test_kernel_tls.py",
            "--ignore=tests/e2e/test_transactions.py",
            "--ignore=tests/e2e/test_telemetry_e2e.py",
            "--ignore=tests/e2e/test_concurrent_telemetry.py",
            "--ignore=tests/e2e/test_circuit_breaker.py",
            "-k",
            " and ".join(f"not ({word})" for word in WITHOUT),
        ),
        {"DATABRICKS_CATALOG": "main", "DATABRICKS_SCHEMA": "engineer", "DATABRICKS_USER": "engineer@example.com"},
        extras="[pyarrow]",
    ),
}


def main(name: str, checkout: str, *more: str) -> int:
    suite, home, where = SUITES[name], HOMES / f"suite-{name.partition('-')[0]}", Path(checkout).resolve()
    python = str(home / "bin" / "python")
    if not (home / ".installed").exists():
        venv.create(home, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", f"{where}{suite.extras}", *suite.packages]
        subprocess.run(command, check=True)
        (home / ".installed").touch()
    # The suites take a host, and no port.
    sandbox = start_sandbox("--workspace-port", "443")
    try:
        environment = {
            **os.environ,
            "DATABRICKS_HOST": sandbox.workspace_url,
            "DATABRICKS_SERVER_HOSTNAME": "localhost",
            "DATABRICKS_HTTP_PATH": sandbox.http_path,
            "DATABRICKS_TOKEN": "dapi-engineer",
            "SSL_CERT_FILE": sandbox.ca_bundle,
            "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
            **suite.environment,
        }
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suite.tests, *more]
        return subprocess.run(command, cwd=where, env=environment).returncode
    finally:
        sandbox.stop()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
