"""A small WSGI content that shows what it was given, run by the sandbox's Connect in the tests.

/headers: the request's headers as JSON; /env: its environment; /stream: ten pieces with pauses; /body: the size of the
request's body; /die: gunicorn ends, master and worker; /redirect and /cookie: as they say.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator

from flask import Flask, Response, request

server = Flask(__name__)


@server.get("/")
def root() -> str:
    return "<h1>echo</h1>"


@server.get("/headers")
def headers() -> list[list[str]]:
    return [[name, value] for name, value in request.headers.items()]


@server.get("/env")
def env() -> dict[str, str]:
    return dict(os.environ)


@server.get("/pid")
def pid() -> dict[str, int]:
    return {"pid": os.getpid()}


@server.get("/stream")
def stream() -> Response:
    def pieces() -> Iterator[str]:
        for number in range(10):
            yield json.dumps({"piece": number, "at": time.time()}) + "\n"
            time.sleep(0.1)

    return Response(pieces(), mimetype="application/x-ndjson")


@server.post("/body")
def body() -> dict[str, int]:
    size = 0
    while piece := request.stream.read(65536):
        size += len(piece)
    return {"size": size}


@server.get("/die")
def die() -> str:
    os.kill(os.getppid(), signal.SIGKILL)
    os._exit(1)


@server.get("/redirect")
def redirect() -> Response:
    return Response(status=302, headers={"Location": "elsewhere"})


@server.get("/cookie")
def cookie() -> Response:
    response = Response("cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@server.get("/path/<path:rest>")
def path(rest: str) -> dict[str, str]:
    return {"rest": rest, "raw": request.environ.get("RAW_URI", ""), "query": request.query_string.decode()}
