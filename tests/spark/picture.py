"""The picture of the cookbook's Spark page: `python -m tests.spark.picture`, in the project's own environment.

The portal runs in the one that `make spark` has made, as content of a sandbox with Spark; see `tests.pictures`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from portal import build
from portal.sandbox.clusters import SHARED
from tests.browser.conftest import QUIET, chromium
from tests.browser.pages import Portal
from tests.pictures import Picture, take
from tests.sandbox_client import ROOT, start_sandbox
from tests.spark.test_cookbook import project

CLIENT = ROOT / ".run" / "spark" / "client" / "bin" / "python"
FIRST_SECONDS = 120.0
"""A cluster's first session has Spark compile what it needs."""


def _bands(portal: Portal) -> None:
    expect(portal.page.get_by_role("grid", name="Order bands")).to_contain_text("large", timeout=FIRST_SECONDS * 1000)
    portal.expect_no_loading()


SPARK = Picture("spark", "/order-bands", _bands, viewer="analyst-west", height=620)


def main() -> int:
    build.build()
    with tempfile.TemporaryDirectory() as name:
        root = project(Path(name) / "own")
        site = start_sandbox(
            "--spark", "--eager", "--content-dir", str(root),
            "--content-command", f"{CLIENT} -m gunicorn wsgi:server --bind 127.0.0.1:{{port}} --workers 1 --threads 16",
            "--content-env", f"PYTHONPATH={ROOT}", "--content-env", f"DATABRICKS_CLUSTER_ID={SHARED}",
        )  # fmt: skip
        try:
            with sync_playwright() as playwright:
                expect.set_options(timeout=FIRST_SECONDS * 1000)
                browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
                for theme in ("light", "dark"):
                    print(f"spark-{theme}: {take(browser, site, SPARK, theme) / 1000:,.0f} KB", flush=True)
                browser.close()
        finally:
            site.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
