"""POST /__api__/v1/oauth/integrations/credentials: a viewer's session token for a viewer's Databricks credential."""

from __future__ import annotations

import hashlib

from aiohttp import web

from portal.sandbox.connect import errors
from portal.sandbox.connect.state import SERVICE, Connect, Content, Integration, UserSession
from portal.sandbox.world import Person

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
USER_SESSION = "urn:posit:connect:user-session-token"
CONTENT_SESSION = "urn:posit:connect:content-session-token"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
API_KEY = "urn:posit:connect:api-key"
KEY_SECONDS = 3600.0


async def exchange(request: web.Request, connect: Connect) -> web.Response:
    """Form in, JSON out: access_token, issued_token_type, token_type and, unless omitted, expires_in."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise errors.error(87)
    form = {name: str(value) for name, value in (await request.post()).items()}
    if form.get("grant_type") != GRANT_TYPE:
        raise errors.error(217)
    kind = form.get("subject_token_type")
    if kind not in (USER_SESSION, CONTENT_SESSION):
        raise errors.error(216)
    if kind == CONTENT_SESSION:
        return _service_token(request, connect, form)
    session = _session(connect, form.get("subject_token", ""))
    integration = _integration(connect, _content(request, connect, session.content_guid), form.get("audience"))
    if integration.auth_type == "Service Account":
        raise errors.error(238, f"OAuth integration {integration.guid} does not support Viewer auth flows")
    if integration.template == "connect":
        return _visitor_key(connect, session, form.get("requested_token_type"))
    if form.get("requested_token_type") not in (None, "", ACCESS_TOKEN):
        raise errors.error(25, f"Invalid requested_token_type. Expected '{ACCESS_TOKEN}'")
    return _access_token(connect, session, integration)


def _content(request: web.Request, connect: Connect, guid: str) -> Content:
    content = connect.contents.get(guid)
    if content is None:
        raise errors.error(215)
    if not content.may_edit(request["person"]):
        # The key must be the one that Connect gave to this content (it acts as its owner).
        raise errors.error(215)
    return content


def _session(connect: Connect, token: str) -> UserSession:
    session = connect.user_sessions.get(token)
    if session is None:
        raise errors.error(215)
    if session.expires_at <= connect.world.clock.now():
        raise errors.error(215)
    return session


def _integration(connect: Connect, content: Content, audience: str | None) -> Integration:
    associated = [connect.integrations[one] for one in content.associations if one in connect.integrations]
    if not associated:
        raise errors.error(212)
    if audience:
        found = next((one for one in associated if one.guid == audience), None)
        if found is None:
            raise errors.error(256)
        return found
    if len(associated) > 1:
        raise errors.error(257)
    return associated[0]


def _access_token(connect: Connect, session: UserSession, integration: Integration) -> web.Response:
    consent = connect.oauth_session(session.person, integration.guid)
    if consent is None:
        raise errors.error(219)
    if consent.stale:
        raise errors.error(220)
    return _issued(connect, session.person)


def _service_token(request: web.Request, connect: Connect, form: dict[str, str]) -> web.Response:
    """The content's own session token: for a Service Account integration, the credential of its principal.

    A portal must never use this for what a viewer sees; it is here because posit-sdk falls back to it.
    """
    session = connect.content_sessions.get(form.get("subject_token", ""))
    if session is None:
        raise errors.error(215)
    integration = _integration(connect, _content(request, connect, session.content_guid), form.get("audience"))
    if integration.auth_type != "Service Account":
        raise errors.error(238, f"OAuth integration {integration.guid} does not support Service Account auth flows")
    return _issued(connect, SERVICE)


def _issued(connect: Connect, person: Person) -> web.Response:
    issued = connect.world.tokens.issue(person)
    body: dict[str, str | int] = {
        "access_token": issued.value,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
    }
    if not connect.omit_expires_in:
        body["expires_in"] = max(0, round(issued.expires_at - connect.world.clock.now()))
    return web.json_response(body)


def _visitor_key(connect: Connect, session: UserSession, requested: str | None) -> web.Response:
    """The Connect API integration: a temporary API key of the visitor."""
    if requested not in (None, "", API_KEY):
        raise errors.error(25, f"Invalid requested_token_type. Expected '{API_KEY}'")
    key = hashlib.sha256(f"visitor:{session.token}".encode()).hexdigest()[:32]
    connect.temporary_keys[key] = (session.person, connect.world.clock.now() + KEY_SECONDS)
    return web.json_response({"access_token": key, "issued_token_type": API_KEY, "token_type": "Key"})
