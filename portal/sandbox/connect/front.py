"""The Connect front as an aiohttp application: pages, API, content, control plane, behind one set of middlewares."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from portal.sandbox import faults
from portal.sandbox.connect import api, errors, pages, proxy
from portal.sandbox.connect.process import ContentProcess
from portal.sandbox.connect.processes import Processes
from portal.sandbox.connect.state import Connect
from portal.sandbox.routing import WORLD, Route, Unreadable, worded
from portal.sandbox.world import Person

COOKIE = "rsconnect"
"""Connect's own cookie of a signed-in browser."""


def person_of(connect: Connect, request: web.Request) -> Person | None:
    """Who sends this request: an API key's person or the browser's; None is anonymous."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "key":
        return connect.person_of_key(value.strip())
    return connect.browsers.get(request.cookies.get(COOKIE, ""))


def app(connect: Connect, room: faults.Faults, control_routes: list[Route]) -> web.Application:
    """The whole front. `control_routes` are the control plane's, under /__sandbox__."""

    def viewer_of(request: web.Request) -> str | None:
        person = request["person"]
        return person.key if person else None

    @web.middleware
    async def recognise(request: web.Request, handler: faults.Handler) -> web.StreamResponse:
        """Sets `request["person"]`; for a credential exchange it is the key's, and `request["viewer"]` the token's."""
        request["person"] = person_of(connect, request)
        return await handler(request)

    def unreadable(request: web.Request, unread: Unreadable) -> web.Response:
        if request["person"] is None:
            return errors.nobody(request).response()
        return errors.unreadable(unread).response()

    def missing(request: web.Request) -> web.Response:
        return errors.error(2).response() if request.path.startswith("/__api__/") else pages.missing(request)

    def exchange_viewer(request: web.Request) -> str | None:
        return request.get("exchange_viewer") or viewer_of(request)

    @web.middleware
    async def exchanged(request: web.Request, handler: faults.Handler) -> web.StreamResponse:
        """The viewer of a credential exchange is the one whose token it offers, not the key's owner."""
        if request.path.endswith("/oauth/integrations/credentials") and request.method == "POST":
            offered = parse_qs((await request.read()).decode(errors="replace")).get("subject_token", [""])[0]
            session = connect.user_sessions.get(offered)
            request["exchange_viewer"] = session.person.key if session else None
        return await handler(request)

    observe = faults.middleware(
        room, "connect", exchange_viewer, errors.default_answer, skip=lambda r: r.path.startswith("/__sandbox__")
    )
    application = web.Application(
        middlewares=[recognise, exchanged, observe, worded(unreadable, missing)], client_max_size=512 * 1024 * 1024
    )
    front = Front(connect)
    application.cleanup_ctx.append(front.running)
    application[WORLD] = connect.world
    application.add_routes(route.definition() for route in control_routes)
    application.add_routes(pages.routes(connect, COOKIE))
    application.add_routes(route.definition() for route in api.routes(connect, front.processes))
    application.add_routes(front.routes())
    application[FRONT] = front
    return application


class Front:
    """The proxy's part: a client session and the content's processes."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.processes = Processes(connect)
        self._session: aiohttp.ClientSession | None = None

    async def running(self, application: web.Application) -> AsyncIterator[None]:
        """An aiohttp cleanup context."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=1.5)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=256 * 1024,
        )  # fmt: skip
        yield
        await self.processes.stop()
        await self._session.close()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/content/{guid}", self.slash),
            web.route("*", "/content/{guid}/{tail:.*}", self.content),
        ]

    async def slash(self, request: web.Request) -> web.Response:
        query = f"?{request.query_string}" if request.query_string else ""
        return web.Response(status=302, headers={"Location": f"{request.path}/{query}"})

    async def content(self, request: web.Request) -> web.StreamResponse:
        """Content of someone who may see it; anonymous visitors only where everyone may."""
        content = self.connect.contents.get(request.match_info["guid"])
        if content is None:
            return pages.missing(request)
        person: Person | None = request["person"]
        if not content.may_view(person):
            return proxy.sign_in_redirect(request) if person is None else pages.refused(request, person)
        prefix = f"/content/{content.guid}"
        path = request.raw_path.removeprefix(prefix)
        bundle_id = None
        if path.startswith("/_bundle"):
            bundle_id, _, rest = path.removeprefix("/_bundle").partition("/")
            path, prefix = f"/{rest}", f"{prefix}/_bundle{bundle_id}"
            if person is None or not content.may_edit(person) or bundle_id not in content.bundles:
                return pages.missing(request)
        token = self.connect.user_session(person, content.guid).token if person is not None else None
        process = self.processes.of(content, bundle_id)
        if process is None:
            return pages.missing(request, "This content has not been deployed yet.")
        headers = proxy.request_headers(request, content, self.connect.url, person, token)
        return await self._forwarded(request, process, path, headers)

    async def _forwarded(
        self, request: web.Request, process: ContentProcess, path: str, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        assert self._session is not None
        process.open_requests += 1
        try:
            try:
                return await proxy.forward(request, self._session, await process.address(), path, headers)
            except aiohttp.ClientConnectorError:
                # Nothing was sent yet: the process is gone or going. Once more, with a new one.
                await process.stop()
                return await proxy.forward(request, self._session, await process.address(), path, headers)
        except proxy.NotStarted as error:
            return proxy.not_started(error)
        except aiohttp.ClientConnectionError:
            text = "<html><body><h1>502 Bad Gateway</h1></body></html>"
            return web.Response(status=502, text=text, content_type="text/html")
        finally:
            process.open_requests -= 1
            process.touch()


FRONT = web.AppKey("front", Front)
