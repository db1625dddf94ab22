"""Files of volumes to and from the browser, as the viewer: what a page's *upload* and *download* are made of.

A page holds a ticket (signed, for its viewer): which folder files may go to, or which file may be fetched. A browser
sends a large file in parts of 8 MB, each a request of its own, so that no thread is held for longer than a part takes,
any process may take the next, and no memory grows with the file.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from pydantic import Field

from portal import viewer
from portal.databricks.files import Opened, opened, paths, tickets, uploads, writing
from portal.results import sending
from portal.viewer.audit import audit, audited
from portal.viewer.errors import Busy, NotUnderstood, PortalError
from portal.viewer.given import Given, ObjectName, Whole
from portal.web.bodies import body, form_or_body
from portal.web.downloads import hang_up

HEADER = "X-Portal-Upload"
PARTS_AT_ONCE = 4
"""Of one viewer, in a process."""

Signed = Annotated[str, Field(max_length=8_192)]
_lock = threading.Lock()
_sent: Counter[str] = Counter()


class GivenBegin(Given):
    ticket: Signed
    name: ObjectName
    size: Whole


class GivenEnd(Given):
    upload: Signed
    etags: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=1_000)]


class GivenAbort(Given):
    upload: Signed


class GivenFile(Given):
    ticket: Signed


routes = Blueprint("files", __name__)
"""POST `files/upload/begin` answers `{upload, part}`: a token, and bytes. POST `files/upload/part?number=1`
(the token in `X-Portal-Upload`, the bytes as body) answers `{etag}`, or `{file}` where one part was all. POST
`files/upload/end` answers `{file: {path, name, size}}`; `files/upload/abort` throws away what was sent. POST
`files/download` (a form with `ticket`) is the file."""


@routes.post("/files/upload/begin")
def begin() -> Response:
    given = body(GivenBegin)
    into = tickets.folder(given.ticket)
    if not paths.is_name(given.name):
        raise NotUnderstood("A file in a volume cannot have this name.")
    path, limit = f"{into.folder}/{given.name}", min(into.most, writing.most())
    if given.size > limit:
        raise writing.too_large(given.name, limit)
    session = ""
    if given.size > uploads.PART:
        with _refused(path):
            session = uploads.begin(path, into.overwrite)
    upload = tickets.Upload(path, into.overwrite, given.size, session)
    return jsonify({"upload": tickets.for_upload(upload), "part": uploads.PART})


@routes.post("/files/upload/part")
def part() -> Response:
    upload = tickets.upload(request.headers.get(HEADER, ""))
    path, size, number = upload.path, upload.size, _number(request.args.get("number", ""))
    expected = min(uploads.PART, size - (number - 1) * uploads.PART)
    if expected < 0 or (expected == 0 and size) or request.content_length != expected:
        raise NotUnderstood("This is no part of the file that was begun.")
    with _one_more():
        data = request.get_data(cache=False)
        if len(data) != expected:
            raise NotUnderstood("This part of the file did not come whole.")
        if upload.session:
            return jsonify({"etag": uploads.part(path, upload.session, number, data)})
        with audited("file.write", paths.thing(path), bytes=size):
            writing.put(path, data, upload.overwrite)
    return _done(upload)


@routes.post("/files/upload/end")
def end() -> Response:
    given = body(GivenEnd)
    upload = tickets.upload(given.upload)
    if len(given.etags) != -(-upload.size // uploads.PART):
        raise NotUnderstood("These are not all parts of the file that was begun.")
    with audited("file.write", paths.thing(upload.path), bytes=upload.size):
        uploads.complete(upload.path, upload.session, given.etags, upload.size)
    return _done(upload)


@routes.post("/files/upload/abort")
def abort() -> Response:
    upload = tickets.upload(body(GivenAbort).upload)
    if upload.session:
        uploads.abort(upload.path, upload.session)
    return jsonify({})


@routes.post("/files/download")
def download() -> Response:
    given = form_or_body(GivenFile, dict)
    path = tickets.file(given.ticket)
    who = viewer.current().id
    with _refused(path, fetched=True):
        run = sending.enter(who, partial(hang_up, request.environ.get("gunicorn.socket")))
        try:
            found = opened(path)
            first = next(found.pieces, b"")
        except BaseException:
            sending.leave(who, run)
            raise
    run.streaming = True
    sent = sending.Body(who, run, first, _rest(who, path, found, len(first)))
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.entry.name)}",
        "Content-Type": "application/octet-stream",
        # Compressing would hold pieces back, and the browser could not tell how far it is.
        "Content-Encoding": "identity",
    }
    if found.entry.size is not None:
        headers["Content-Length"] = str(found.entry.size)
    return Response(sent, headers=headers)


def _rest(who: str, path: str, found: Opened, sent: int) -> Generator[bytes, None, None]:
    """What comes after the first piece, and how it ended, on the record."""

    def tell(outcome: str, seconds: int) -> None:
        audit("file.download", paths.thing(path), outcome, actor=who, bytes=sent, seconds=seconds)

    with sending.recorded(tell):
        for piece in found.pieces:
            sent += len(piece)
            yield piece


def _done(upload: tickets.Upload) -> Response:
    return jsonify({"file": {"path": upload.path, "name": upload.path.rpartition("/")[2], "size": upload.size}})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 6 and int(text) > 0):
        raise NotUnderstood("Parts of a file are counted from 1.")
    return int(text)


@contextmanager
def _refused(path: str, *, fetched: bool = False) -> Iterator[None]:
    """What ends before it began is on the record too."""
    try:
        yield
    except PortalError as error:
        audit("file.download" if fetched else "file.write", paths.thing(path), "denied", reason=error.kind)
        raise


@contextmanager
def _one_more() -> Iterator[None]:
    """A part in memory; raises `Busy` where one viewer sends too many at a time."""
    who = viewer.current().id
    with _lock:
        if _sent[who] >= PARTS_AT_ONCE:
            raise Busy("You are sending many files at a time.", retry_after=2)
        _sent[who] += 1
    try:
        yield
    finally:
        with _lock:
            _sent[who] -= 1
            if not _sent[who]:
                del _sent[who]
