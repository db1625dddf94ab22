"""OAuth integrations, their associations with content, sessions, and the credential exchange."""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web

from portal.sandbox.connect import credentials, errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.state import ROLES, Connect, Content, Integration, OAuthSession


def association(content: Content, integration: Integration) -> dict[str, Any]:
    return {
        "app_guid": content.guid,
        "content_guid": content.guid,
        "oauth_integration_guid": integration.guid,
        "oauth_integration_name": integration.name,
        "oauth_integration_description": integration.description,
        "oauth_integration_template": integration.template,
        "oauth_integration_auth_type": integration.auth_type,
        "created_time": content.associations[integration.guid],
    }


def session_dict(session: OAuthSession) -> dict[str, Any]:
    return {
        "id": session.id,
        "guid": session.guid,
        "user_guid": session.person.connect_guid,
        "oauth_integration_guid": session.integration_guid,
        "has_refresh_token": not session.stale,
        "created_time": session.created_time,
        "updated_time": session.updated_time,
    }


def routes(connect: Connect) -> list[web.RouteDef]:
    def integration(request: web.Request) -> Integration:
        found = connect.integrations.get(request.match_info["guid"])
        if found is None:
            raise errors.error(4)
        return found

    def own_session(request: web.Request) -> OAuthSession:
        person = access.caller(request)
        found = connect.oauth_sessions.get(request.match_info["guid"])
        if found is None or (found.person != person and ROLES.get(person.key) != "administrator"):
            raise errors.error(4)
        return found

    async def exchange(request: web.Request) -> web.Response:
        access.caller(request)
        return await credentials.exchange(request, connect)

    async def list_integrations(request: web.Request) -> web.Response:
        access.caller(request, "publisher")
        return web.json_response([one.as_dict() for one in connect.integrations.values()])

    async def get_integration(request: web.Request) -> web.Response:
        access.caller(request, "publisher")
        return web.json_response(integration(request).as_dict())

    async def create_integration(request: web.Request) -> web.Response:
        access.caller(request, "administrator")
        given = await access.body(request)
        if not given.get("name") or not given.get("template"):
            raise errors.error(12, "name and template are required.")
        now = connect.now_text()
        config = dict(given.get("config") or {})
        kind = given.get("auth_type") or config.get("auth_type") or "Viewer"
        if given["template"] == "connect":
            kind = "Visitor API Key"
        made = Integration(str(uuid.uuid4()), connect.next_id(), given["name"], given.get("description") or "",
                           given["template"], kind, config, now, now)  # fmt: skip
        connect.integrations[made.guid] = made
        return web.json_response(made.as_dict(), status=201)

    async def update_integration(request: web.Request) -> web.Response:
        access.caller(request, "administrator")
        found = integration(request)
        given = await access.body(request)
        found.name = given.get("name", found.name)
        found.description = given.get("description", found.description)
        found.config.update(given.get("config") or {})
        found.auth_type = found.config.get("auth_type", found.auth_type)
        found.updated_time = connect.now_text()
        return web.json_response(found.as_dict())

    async def delete_integration(request: web.Request) -> web.Response:
        access.caller(request, "administrator")
        found = integration(request)
        del connect.integrations[found.guid]
        for content in connect.contents.values():
            content.associations.pop(found.guid, None)
        connect.oauth_sessions = {
            key: one for key, one in connect.oauth_sessions.items() if one.integration_guid != found.guid
        }
        return web.Response(status=204)

    async def associations_of_integration(request: web.Request) -> web.Response:
        access.caller(request, "publisher")
        found = integration(request)
        return web.json_response(
            [association(content, found) for content in connect.contents.values() if found.guid in content.associations]
        )

    async def associations_of_content(request: web.Request) -> web.Response:
        content = access.content(request, connect, edit=True)
        known = [connect.integrations[one] for one in content.associations if one in connect.integrations]
        return web.json_response([association(content, one) for one in known])

    async def associate(request: web.Request) -> web.Response:
        """PUT replaces the whole list."""
        content = access.content(request, connect, edit=True)
        given = await access.body(request)
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise errors.error(121)
        wanted = [str(one.get("oauth_integration_guid", "")) for one in given]
        unknown = [one for one in wanted if one not in connect.integrations]
        if unknown:
            raise errors.error(4, f"The OAuth integration {unknown[0]} does not exist.")
        now = connect.now_text()
        content.associations = {one: content.associations.get(one, now) for one in wanted}
        return web.json_response([association(content, connect.integrations[one]) for one in wanted])

    async def list_sessions(request: web.Request) -> web.Response:
        """The caller's own; an administrator sees everyone's with `all=true`."""
        person = access.caller(request)
        everyone = request.query.get("all", "").lower() == "true"
        if everyone and ROLES.get(person.key) != "administrator":
            raise errors.error(22)
        found = [one for one in connect.oauth_sessions.values() if everyone or one.person == person]
        return web.json_response([session_dict(one) for one in found])

    async def get_session(request: web.Request) -> web.Response:
        return web.json_response(session_dict(own_session(request)))

    async def delete_session(request: web.Request) -> web.Response:
        del connect.oauth_sessions[own_session(request).guid]
        return web.Response(status=204)

    base = "/__api__/v1/oauth"
    of_content = "/__api__/v1/content/{guid}/oauth/integrations/associations"
    return [
        web.post(f"{base}/integrations/credentials", exchange),
        web.get(f"{base}/integrations", list_integrations),
        web.post(f"{base}/integrations", create_integration),
        web.get(base + "/integrations/{guid}", get_integration),
        web.patch(base + "/integrations/{guid}", update_integration),
        web.delete(base + "/integrations/{guid}", delete_integration),
        web.get(base + "/integrations/{guid}/associations", associations_of_integration),
        web.get(of_content, associations_of_content),
        web.put(of_content, associate),
        web.get(f"{base}/sessions", list_sessions),
        web.get(base + "/sessions/{guid}", get_session),
        web.delete(base + "/sessions/{guid}", delete_session),
    ]
