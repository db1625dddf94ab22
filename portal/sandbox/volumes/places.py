"""Where a path of `/api/2.0/fs` leads, and whether the caller may go there."""

from __future__ import annotations

from typing import Any

from portal.sandbox import errors, finding
from portal.sandbox.routing import Call
from portal.sandbox.volumes.store import LONGEST, Store

WORDS = {"READ_VOLUME": "READ VOLUME", "WRITE_VOLUME": "WRITE VOLUME"}


def store(call: Call[Any]) -> Store:
    found: Store = call.world.volumes
    return found


def checked(call: Call[Any], path: str, privilege: str) -> str:
    """`/Volumes/<catalog>/<schema>/<volume>[/…]` as it is kept, for a caller with the privilege."""
    parts = path.rstrip("/").split("/")
    if len(parts) < 5 or parts[:2] != ["", "Volumes"] or any(
        not part or part in (".", "..") or len(part) > LONGEST for part in parts[2:]
    ):  # fmt: skip
        raise errors.ApiError(400, "INVALID_PARAMETER_VALUE", f"Invalid path: {path[:200]}")
    catalog, schema, name = (part.lower() for part in parts[2:5])
    volume = finding.volume(call, f"{catalog}.{schema}.{name}")
    if not volume.may(call.person, privilege):
        text = f"User does not have {WORDS[privilege]} on Volume '{volume.full_name}'."
        raise errors.permission_denied(text)
    return "/".join(["", "Volumes", catalog, schema, name, *parts[5:]])


def of_path(call: Call[Any], privilege: str) -> str:
    """Of the address."""
    return checked(call, f"/{call.path['path']}", privilege)


def missing(path: str) -> errors.ApiError:
    return errors.ApiError(404, "NOT_FOUND", f"The file being accessed is not found: {path}")
