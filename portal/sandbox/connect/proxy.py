"""/content/<guid>/…: a streaming reverse proxy that says who is looking and believes no client about it."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
from urllib.parse import quote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from portal.sandbox.connect.process import NotStarted
from portal.sandbox.connect.state import Content
from portal.sandbox.world import Person

HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
OURS = {
    "posit-connect-user-session-token", "posit-connect-credentials", "rstudio-connect-credentials",
    "rstudio-connect-app-base-url", "x-rsc-request", "posit-connect-user-guid",
}  # fmt: skip
"""Headers that only Connect may set. A client's own are dropped, also when spelt with underscores: a WSGI server
cannot tell those apart."""
TOKEN = "Posit-Connect-User-Session-Token"


def request_headers(
    request: web.Request, content: Content, base_url: str, person: Person | None, token: str | None
) -> CIMultiDict[str]:
    """What the content gets: the client's headers without hop-by-hop and forged ones, and Connect's own."""
    named = {name.strip().lower() for name in request.headers.get("Connection", "").split(",")}
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in request.headers.items():
        lower = name.lower()
        if lower in HOP_BY_HOP or lower in named or lower.replace("_", "-") in OURS:
            continue
        headers.add(name, value)
    if "Cookie" in headers:
        kept = [part for part in headers["Cookie"].split("; ") if not part.startswith("rsconnect=")]
        headers.popall("Cookie")
        if kept:
            headers["Cookie"] = "; ".join(kept)
    remote = request.remote or "127.0.0.1"
    before = headers.popall("X-Forwarded-For", [])
    headers["X-Forwarded-For"] = ", ".join([*before, remote])
    headers["RStudio-Connect-App-Base-URL"] = f"{base_url}/content/{content.guid}"
    headers["X-RSC-Request"] = f"{base_url}{request.rel_url}"
    if person is not None:
        who = json.dumps({"user": person.key, "groups": list(person.groups)})
        headers["Posit-Connect-Credentials"] = who
        headers["RStudio-Connect-Credentials"] = who
    if token is not None:
        headers[TOKEN] = token
    return headers


async def forward(
    request: web.Request, session: aiohttp.ClientSession, address: str, path: str, headers: CIMultiDict[str]
) -> web.StreamResponse:
    """Streams the request to the content and its answer back, both without holding them."""
    target = URL(address + path, encoded=True)
    if headers.get("Sec-WebSocket-Key") and request.headers.get("Upgrade", "").lower() == "websocket":
        return await _web_socket(request, session, target, headers)
    body = request.content if request.body_exists else None
    async with session.request(
        request.method, target, headers=headers, data=body, allow_redirects=False, skip_auto_headers=(
            "User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    ) as upstream:  # fmt: skip
        response = web.StreamResponse(status=upstream.status, reason=upstream.reason)
        named = {name.strip().lower() for name in upstream.headers.get("Connection", "").split(",")}
        for name, value in upstream.headers.items():
            if name.lower() not in HOP_BY_HOP and name.lower() not in named:
                response.headers.add(name, value)
        if "Content-Length" not in response.headers and request.method != "HEAD" and upstream.status not in (204, 304):
            response.enable_chunked_encoding()
        await response.prepare(request)
        slow = request.get("bytes_per_second")
        async for piece in upstream.content.iter_any():
            if slow:
                step = max(1, int(slow / 10))
                for start in range(0, len(piece), step):
                    await response.write(piece[start : start + step])
                    await asyncio.sleep(step / slow)
            else:
                await response.write(piece)
        await response.write_eof()
        return response


async def _web_socket(
    request: web.Request, session: aiohttp.ClientSession, target: URL, headers: CIMultiDict[str]
) -> web.StreamResponse:
    protocols = [p.strip() for p in headers.get("Sec-WebSocket-Protocol", "").split(",") if p.strip()]
    for name in [name for name in headers if name.lower().startswith("sec-websocket")]:
        headers.popall(name, None)
    async with session.ws_connect(target, headers=headers, protocols=protocols, max_msg_size=0) as inner:
        outer = web.WebSocketResponse(protocols=[inner.protocol] if inner.protocol else (), max_msg_size=0)
        await outer.prepare(request)

        async def pump(source: aiohttp.ClientWebSocketResponse | web.WebSocketResponse,
                       sink: aiohttp.ClientWebSocketResponse | web.WebSocketResponse) -> None:  # fmt: skip
            async for message in source:
                if message.type == aiohttp.WSMsgType.TEXT:
                    await sink.send_str(message.data)
                elif message.type == aiohttp.WSMsgType.BINARY:
                    await sink.send_bytes(message.data)
            await sink.close()

        pumps = [asyncio.create_task(pump(outer, inner)), asyncio.create_task(pump(inner, outer))]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for task in pumps:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await task
        return outer


def sign_in_redirect(request: web.Request) -> web.Response:
    """A visitor must sign in first. Scripts' requests are told so plainly."""
    if request.method not in ("GET", "HEAD"):
        return web.Response(status=401, text="Authentication is required.")
    return web.Response(status=302, headers={"Location": f"/__login__?url={quote(str(request.rel_url), safe='')}"})


def not_started(error: NotStarted) -> web.Response:
    """Connect's page for content whose process would not start."""
    text = (
        "<!DOCTYPE html><html lang='en'><head><title>Application failed to start</title></head><body>"
        "<h1>An error has occurred</h1><p>The application failed to start.</p>"
        f"<pre>{html.escape(str(error))}</pre></body></html>"
    )
    return web.Response(status=500, text=text, content_type="text/html")
