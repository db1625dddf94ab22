"""Where jobs and runs have their pages."""

from __future__ import annotations

import dash


def job_path(job_id: int) -> str:
    return dash.get_relative_path(f"/jobs/{job_id}")


def run_path(job_id: int, run_id: int) -> str:
    return dash.get_relative_path(f"/jobs/{job_id}/runs/{run_id}")
