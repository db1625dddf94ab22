"""A large file on its way into a volume, in parts: whoever sends them, and whichever process takes the next.

Begun through the workspace, which names a session; each part goes to the storage by a link that is signed for it; then
the workspace is told what it is made of (`initiate-upload`, `create-upload-part-urls`, `complete-upload`, as
databricks-sdk 0.156 does in `mixins/files.py`). The SDK's own `upload` holds ten parts at a time in threads, which have
no viewer. Nothing is kept here: what an upload is, its sender holds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests

from portal.databricks import workspace
from portal.databricks.files.paths import FILES, asked
from portal.databricks.files.reading import about
from portal.databricks.links import STORAGE, LinkExpired, storage
from portal.shapes import Json
from portal.viewer.errors import NoSuchThing, NotThere, PortalError, Unreachable
from portal.viewer.upstream import cause, report

PART = 8 * 1024 * 1024
"""Bytes: what a request of the browser's may hold (`portal.web.bodies`), and no less than storage takes (5 MiB)."""
_READ_SECONDS = 30
_LINK = timedelta(hours=1)
_LOOKS, _BETWEEN = 10, 2.0
"""For a file that is being joined; seconds."""
_CLOCKS = timedelta(minutes=5)
"""What the storage's clock may be behind."""


def begin(path: str, overwrite: bool) -> str:
    """The session of a new upload to a checked path. `NotThere` where the storage takes no parts (Google Cloud's)."""
    answer = _ask("POST", asked(FILES, path), path, {"action": "initiate-upload", "overwrite": _flag(overwrite)})
    token = (answer.get("multipart_upload") or {}).get("session_token")
    if not token:
        raise NotThere(
            f"This workspace's storage takes no files in parts: none above {PART // 1024**2} MB can be uploaded here."
        )
    return str(token)


def part(path: str, session: str, number: int, data: bytes) -> str:
    """Send a part, from 1; its ETag, which completes the upload. A link that is past its time is asked for again."""
    body = {"path": path, "session_token": session, "start_part_number": number, "count": 1, "expire_time": _until()}
    for last in (False, True):
        answer = _ask("POST", "/api/2.0/fs/create-upload-part-urls", path, body=body)
        try:
            return _sent("PUT", answer["upload_part_urls"][0], data)
        except LinkExpired:
            if last:
                raise
    raise AssertionError("unreachable")


def complete(path: str, session: str, etags: Sequence[str], size: int) -> None:
    """The file is there with this; before, nobody sees any of it.

    The storage may take longer to join a large file than a call may take: then the file itself is looked for.
    """
    query = {"action": "complete-upload", "upload_type": "multipart", "session_token": session}
    parts = [{"part_number": number, "etag": etag} for number, etag in enumerate(etags, 1)]
    began = datetime.now(UTC) - _CLOCKS
    try:
        _ask("POST", asked(FILES, path), path, query, {"parts": parts})
    except Unreachable:
        for _ in range(_LOOKS):
            time.sleep(_BETWEEN)
            with suppress(NoSuchThing, Unreachable):
                found = about(path)
                if found.size == size and found.changed is not None and found.changed > began:
                    return
        raise


def abort(path: str, session: str) -> None:
    """What was sent is thrown away."""
    body = {"path": path, "session_token": session, "expire_time": _until()}
    _sent("DELETE", _ask("POST", "/api/2.0/fs/create-abort-upload-url", path, body=body)["abort_upload_url"], b"")


def _ask(method: str, api: str, path: str, query: dict[str, str] | None = None, body: Json | None = None) -> Json:
    found: Json = workspace.call(
        lambda w: w.api_client.do(method, api, query=query, body=body),  # type: ignore[arg-type,return-value]
        f"the file {path}",
    )
    return found


def _sent(method: str, link: Json, data: bytes) -> str:
    """To the storage, by a link that is a secret: without our headers, and in no error or log."""
    url = str(link.get("url") or "")
    headers = {str(one["name"]): str(one["value"]) for one in link.get("headers") or ()}
    headers = {name: value for name, value in headers.items() if name.lower() not in {"authorization", "cookie"}}
    if not url.startswith("https://"):
        said = "Databricks answered a link for an upload that is not https."
        raise report.unreachable(STORAGE, said, otherwise="not its API", operation=f"{method} part")
    try:
        answer = storage().request(
            method,
            url,
            data=data,
            headers={"Content-Type": "application/octet-stream", **headers},
            timeout=_READ_SECONDS,
            # A bare auth: without one, requests would look into ~/.netrc for the storage's host.
            auth=lambda request: request,
        )
        if answer.status_code in {400, 401, 403, 404}:
            raise LinkExpired("The storage does not take this part of the file any more. Start the upload again.")
        answer.raise_for_status()
        return answer.headers.get("ETag", "")
    except PortalError:
        raise
    except (requests.RequestException, OSError) as error:
        host = urlsplit(url).hostname
        raise report.unreachable(STORAGE, otherwise=cause.of(error), operation=f"{method} part", host=host) from None


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _until() -> str:
    return f"{datetime.now(UTC) + _LINK:%Y-%m-%dT%H:%M:%SZ}"
