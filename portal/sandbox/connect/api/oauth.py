"""OAuth integrations, their associations with content, sessions, and the credential exchange."""

from __future__ import annotations

import uuid
from typing import Any

from aiohttp import web
from pydantic import Field, RootModel

from portal.sandbox.connect import credentials, errors
from portal.sandbox.connect.api import access
from portal.sandbox.connect.state import ROLES, Connect, Content, Integration, OAuthSession
from portal.sandbox.routing import Body, Call, Flag, Json, Query, Route, delete, get, patch, post, put


class Create(Body):
    name: str = Field(min_length=1)
    template: str = Field(min_length=1)
    description: str = ""
    auth_type: str = ""
    config: dict[str, str] = Field(default_factory=dict)


class Update(Body):
    name: str | None = None
    description: str | None = None
    config: dict[str, str] = Field(default_factory=dict)


class Associated(Body):
    oauth_integration_guid: str


class Associations(RootModel[list[Associated]]):
    pass


class Sessions(Query):
    all: Flag = False


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


def routes(connect: Connect) -> list[Route]:
    def integration(call: Call[Any]) -> Integration:
        found = connect.integrations.get(call.path["guid"])
        if found is None:
            raise errors.error(4)
        return found

    def own_session(call: Call[Any]) -> OAuthSession:
        person = access.caller(call)
        found = connect.oauth_sessions.get(call.path["guid"])
        if found is None or (found.person != person and ROLES.get(person.key) != "administrator"):
            raise errors.error(4)
        return found

    async def exchange(call: Call) -> web.Response:
        access.caller(call)
        return await credentials.exchange(call.request, connect)

    async def list_integrations(call: Call) -> list[Json]:
        access.caller(call, "publisher")
        return [one.as_dict() for one in connect.integrations.values()]

    async def get_integration(call: Call) -> Json:
        access.caller(call, "publisher")
        return integration(call).as_dict()

    async def create_integration(call: Call[Create]) -> Json:
        access.caller(call, "administrator")
        given, now, config = call.asked, connect.now_text(), dict(call.asked.config)
        kind = given.auth_type or config.get("auth_type") or "Viewer"
        if given.template == "connect":
            kind = "Visitor API Key"
        made = Integration(str(uuid.uuid4()), connect.next_id(), given.name, given.description, given.template, kind,
                           config, now, now)  # fmt: skip
        connect.integrations[made.guid] = made
        return made.as_dict()

    async def update_integration(call: Call[Update]) -> Json:
        access.caller(call, "administrator")
        found = integration(call)
        given = call.asked
        found.name = found.name if given.name is None else given.name
        found.description = found.description if given.description is None else given.description
        found.config.update(given.config)
        found.auth_type = found.config.get("auth_type", found.auth_type)
        found.updated_time = connect.now_text()
        return found.as_dict()

    async def delete_integration(call: Call) -> None:
        access.caller(call, "administrator")
        found = integration(call)
        del connect.integrations[found.guid]
        for content in connect.contents.values():
            content.associations.pop(found.guid, None)
        connect.oauth_sessions = {
            key: one for key, one in connect.oauth_sessions.items() if one.integration_guid != found.guid
        }

    async def associations_of_integration(call: Call) -> list[Json]:
        access.caller(call, "publisher")
        found = integration(call)
        return [
            association(content, found) for content in connect.contents.values() if found.guid in content.associations
        ]

    async def associations_of_content(call: Call) -> list[Json]:
        content = access.content(call, connect, edit=True)
        known = [connect.integrations[one] for one in content.associations if one in connect.integrations]
        return [association(content, one) for one in known]

    async def associate(call: Call[Associations]) -> list[Json]:
        """PUT replaces the whole list."""
        content = access.content(call, connect, edit=True)
        wanted = [one.oauth_integration_guid for one in call.asked.root]
        unknown = [one for one in wanted if one not in connect.integrations]
        if unknown:
            raise errors.error(4, f"The OAuth integration {unknown[0]} does not exist.")
        now = connect.now_text()
        content.associations = {one: content.associations.get(one, now) for one in wanted}
        return [association(content, connect.integrations[one]) for one in wanted]

    async def list_sessions(call: Call[Sessions]) -> list[Json]:
        """The caller's own; an administrator sees everyone's with `all=true`."""
        person = access.caller(call)
        everyone = call.asked.all
        if everyone and ROLES.get(person.key) != "administrator":
            raise errors.error(22)
        found = [one for one in connect.oauth_sessions.values() if everyone or one.person == person]
        return [session_dict(one) for one in found]

    async def get_session(call: Call) -> Json:
        return session_dict(own_session(call))

    async def delete_session(call: Call) -> None:
        del connect.oauth_sessions[own_session(call).guid]

    base = "/__api__/v1/oauth"
    of_content = "/__api__/v1/content/{guid}/oauth/integrations/associations"
    return [
        post(f"{base}/integrations/credentials", exchange),
        get(f"{base}/integrations", list_integrations),
        post(f"{base}/integrations", create_integration, status=201),
        get(base + "/integrations/{guid}", get_integration),
        patch(base + "/integrations/{guid}", update_integration),
        delete(base + "/integrations/{guid}", delete_integration),
        get(base + "/integrations/{guid}/associations", associations_of_integration),
        get(of_content, associations_of_content),
        put(of_content, associate),
        get(f"{base}/sessions", list_sessions),
        get(base + "/sessions/{guid}", get_session),
        delete(base + "/sessions/{guid}", delete_session),
    ]
