"""The Connect front carries web sockets, as content such as Streamlit and Shiny needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aiohttp
import pytest

from tests.sandbox_client import SandboxClient, start_sandbox

CONTENT = """
import sys
from aiohttp import web

async def echo(request):
    socket = web.WebSocketResponse(protocols=("chat",))
    await socket.prepare(request)
    await socket.send_json({name.lower(): value for name, value in request.headers.items()})
    async for message in socket:
        if message.type == 1:
            await socket.send_str(message.data.upper())
        else:
            await socket.send_bytes(message.data[::-1])
    return socket

app = web.Application()
app.add_routes([web.get("/socket", echo)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@pytest.fixture
def sockets(tmp_path: Path) -> Iterator[SandboxClient]:
    (tmp_path / "content.py").write_text(CONTENT)
    client = start_sandbox("--content-dir", str(tmp_path), "--content-command", "python content.py {port}")
    yield client
    client.stop()


def test_messages_pass_both_ways_with_the_viewers_token(sockets: SandboxClient) -> None:
    cookie = sockets.browser("analyst-west").cookies["rsconnect"]

    async def talk() -> None:
        async with (
            aiohttp.ClientSession(cookies={"rsconnect": cookie}) as session,
            session.ws_connect(
                sockets.content_url + "socket", protocols=("chat",),
                headers={"Posit-Connect-User-Session-Token": "forged"},
            ) as socket,
        ):  # fmt: skip
            headers = await socket.receive_json(timeout=10)
            assert headers["posit-connect-user-session-token"] not in ("", "forged")
            assert socket.protocol == "chat"
            await socket.send_str("hello")
            assert await socket.receive_str(timeout=10) == "HELLO"
            await socket.send_bytes(b"abc")
            assert await socket.receive_bytes(timeout=10) == b"cba"

    # A thread of its own: a browser test before this one leaves its event loop running in the main one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, talk()).result()
