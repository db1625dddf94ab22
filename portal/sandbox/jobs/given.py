"""What the bodies of several routes of Jobs have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from portal.sandbox.routing import Body

MAX_TOKEN = 64
"""Characters of an idempotency token."""


def _short(token: str) -> str:
    if len(token) > MAX_TOKEN:
        raise ValueError(f"it must have at most {MAX_TOKEN} characters")
    return token


class WithToken(Body):
    idempotency_token: Annotated[str, AfterValidator(_short)] = ""


class OfJob(Body):
    job_id: int


class OfRun(Body):
    run_id: int
