"""What a stranger may send to stop the portal, each as one call, for the wire tests and `make bench stranger`."""

from __future__ import annotations

import json
import secrets
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

import requests

from tests.portal_process import HEADER

CALLBACK = "_dash-update-component"
Attack = Callable[[str], int]
"""Given the portal's address; the status that it answered, 0 where it hung up or did not answer in time."""


def body(output: str, **more: object) -> bytes:
    """A callback's body that no page of the portal sends."""
    asked = {"output": output, "outputs": {"id": "x", "property": "y"}, "inputs": [], "changedPropIds": [], **more}
    return json.dumps(asked).encode()


def nested(levels: int) -> str:
    return "SELECT " + "STRUCT(" * levels + "1" + ")" * levels


def deep(levels: int) -> bytes:
    return b'{"output": "x.y", "inputs": ' + b"[" * levels + b"]" * levels + b"}"


def forged(length: int = 3_000) -> str:
    return secrets.token_hex(length // 2)


def _post(url: str, path: str, data: bytes, kind: str = "application/json", token: str | None = None) -> int:
    headers = {"Content-Type": kind} | ({HEADER: token} if token else {})
    with suppress(requests.RequestException):
        return requests.post(url + path, data=data, headers=headers, timeout=30).status_code
    return 0


def _get(url: str, path: str, **headers: str) -> int:
    with suppress(requests.RequestException):
        return requests.get(url + path, headers=headers, timeout=30).status_code
    return 0


def _said(url: str, *pieces: bytes, pause: float = 0.5) -> int:
    """Say this on a connection, piece by piece, and wait for an answer, or the end."""
    parts = urlsplit(url)
    with suppress(OSError), socket.create_connection((parts.hostname or "", parts.port or 80), timeout=15) as link:
        for piece in pieces:
            link.sendall(piece)
            time.sleep(pause)
        first = link.recv(64)
        return int(first.split(b" ")[1]) if first.startswith(b"HTTP/1.1 ") else 0
    return 0


def _head(path: str, *lines: str) -> bytes:
    return "\r\n".join(
        (f"POST /{path} HTTP/1.1", "Host: portal", "Content-Type: application/json", *lines, "", "")
    ).encode()


def _dribbled(text: bytes, times: int = 16) -> list[bytes]:
    return [text[n : n + 1] for n in range(times)]


RESULT = "results/01ef0000-0000-1000-8000-000000000000/"
SORTS = json.dumps({"start": 0, "stop": 1, "view": {"sort": [{"column": 0, "descending": True}] * 20_000}}).encode()
FIELDS = b"&".join(b"f%d=1" % number for number in range(300_000))
KEYS = b'{"output": "x.y", "state": [{' + b",".join(b'"%d":1' % number for number in range(500_000)) + b"}]}"
MULTIPART = (
    b"".join(b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n1\r\n' % n for n in range(1_000)) + b"--x--\r\n"
)
ROUTER = {
    "outputs": {"id": "_pages_content", "property": "children"},
    "inputs": [
        {"id": "_pages_location", "property": "pathname", "value": "/"},
        {"id": "_pages_location", "property": "search", "value": "?" + "a=1&" * 15_000},
    ],
}

REQUESTS: dict[str, Attack] = {
    "a callback's name of 64 KB of https://a?": lambda url: _post(url, CALLBACK, body("https://a?" * 6_500)),
    "a callback's name of 60 KB like tokens": lambda url: _post(url, CALLBACK, body("-eyJaaaaaaaa" * 5_000)),
    "20 levels of STRUCT, a forged token": lambda url: _post(
        url, "sql/format", json.dumps({"sql": nested(20)}).encode(), token=forged()
    ),
    "6.5 MB to a callback": lambda url: _post(url, CALLBACK, body("x" * 6_500_000)),
    "9 MB to a callback": lambda url: _post(url, CALLBACK, body("x" * 9_000_000)),
    "6 MB of keys to a callback": lambda url: _post(url, CALLBACK, KEYS),
    "300,000 form fields": lambda url: _post(
        url, RESULT + "download/csv", FIELDS, "application/x-www-form-urlencoded", forged()
    ),
    "a thousand parts of a form": lambda url: _post(
        url, RESULT + "download/csv", MULTIPART, "multipart/form-data; boundary=x", forged()
    ),
    "20,000 sort keys, a forged token": lambda url: _post(url, RESULT + "rows", SORTS, token=forged()),
    "JSON of 5,000 levels": lambda url: _post(url, CALLBACK, deep(5_000)),
    "JSON of 5,000 levels to a plain route": lambda url: _post(url, "catalog/search", deep(5_000), token=forged()),
    "a number of 60,000 digits": lambda url: _post(url, RESULT + "rows", b'{"start": ' + b"9" * 60_000 + b"}"),
    "an address of 60 KB to the router": lambda url: _post(url, CALLBACK, body("_pages_content.children", **ROUTER)),
    "a file with a NUL": lambda url: _get(url, "assets/%00.js"),
    "a script of no such package": lambda url: _get(url, "_dash-component-suites/nosuch/x.js"),
    "a script of a package, that is none": lambda url: _get(url, "_dash-component-suites/dash/nosuch.js"),
    "a forged token of 8,000 characters": lambda url: _get(url, "_dash-layout", **{HEADER: forged(8_000)}),
    "a forged token of 3,000 characters": lambda url: _post(url, "catalog/tree", b'{"path": []}', token=forged()),
    "four thousand entity tags": lambda url: _get(url, "assets/portal.css", **{"If-None-Match": ('"a",' * 1_900)}),
    "a query of 900 names": lambda url: _get(url, "jobs?" + "&".join(f"n{n}" for n in range(650))),
}
"""By a library that sends whole requests."""

CONNECTIONS: dict[str, Attack] = {
    "a header byte by byte": lambda url: _said(url, b"GET /healthz HTTP/1.1\r\nX: ", *_dribbled(b"y" * 40, 40)),
    "a body byte by byte": lambda url: _said(url, _head(CALLBACK, "Content-Length: 60000"), *_dribbled(b" " * 40, 40)),
    "a body in chunks, dribbled": lambda url: _said(
        url, _head(CALLBACK, "Transfer-Encoding: chunked"), *[b"1\r\nx\r\n"] * 20
    ),
    "a body that is awaited": lambda url: _said(
        url, _head(CALLBACK, "Content-Length: 60000", "Expect: 100-continue"), *_dribbled(b" " * 40, 20)
    ),
    "a large body that does not come": lambda url: _said(
        url, _head(CALLBACK, "Content-Length: 8000000") + b" " * 70_000, *_dribbled(b" " * 40, 20)
    ),
    "a header of 70 KB that does not end": lambda url: _said(
        url, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 12_000, *_dribbled(b"y" * 40, 20)
    ),
    "half a request behind a whole one": lambda url: _said(
        url, b"GET /healthz HTTP/1.1\r\nHost: portal\r\n\r\nGET /he", *_dribbled(b"althz HTTP/1.1 ", 15)
    ),
    "a client that does not hang up": lambda url: _said(url, b"GET /healthz HTTP/1.0\r\n\r\n", pause=5.0),
    "something that is no HTTP": lambda url: _said(url, b"\x16\x03\x01" + b"\x00" * 200, *_dribbled(b"\x00" * 40, 10)),
}
"""By a socket that takes its time: a second or more each."""
