"""Where jobs and runs have their pages."""

from __future__ import annotations

import dash


def job_path(job_id: int) -> str:
    return dash.get_relative_path(f"/jobs/{job_id}")


def runs_path(job_id: int) -> str:
    """With `/` and a run's id behind it, as `run_path`: for many runs of one job."""
    return dash.get_relative_path(f"/jobs/{job_id}/runs")


def run_path(job_id: int, run_id: int) -> str:
    return f"{runs_path(job_id)}/{run_id}"
