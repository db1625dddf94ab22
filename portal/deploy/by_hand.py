"""Each step of a deployment as lines to type: what a dry run prints.

The calls are those of Connect's API reference, as its own documentation writes them with curl.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from portal.deploy import publish as rsconnect
from portal.deploy.variables import Variable

if TYPE_CHECKING:
    from portal.deploy.deployment import Deployment


def curl(method: str, path: str, body: str | None = None) -> str:
    """One call of Connect's API. The key stays in its variable; `body` is a quoted shell word."""
    line = "curl" + ("" if method == "GET" else f" --request {method}") + ' -H "Authorization: Key ${CONNECT_API_KEY}"'
    if body is not None:
        line += f' -H "Content-Type: application/json" --data {body}'
    return f'{line} "${{CONNECT_SERVER}}/__api__/{path}"'


def _json(value: object) -> str:
    """JSON as one shell word, in double quotes where a variable of the shell stands in it."""
    text = json.dumps(value)
    return '"' + text.replace('"', '\\"') + '"' if "${" in text else shlex.quote(text)


def settings() -> list[str]:
    return [curl("GET", "server_settings"), curl("GET", "v1/user"), curl("GET", "v1/oauth/integrations")]


STAGED = "/tmp/portal-bundle"  # noqa: S108  # whoever types the lines may choose another


def bundle(_deployment: Deployment) -> list[str]:
    return [
        f"python -m portal bundle {STAGED}   # a new folder",
        f"rsconnect write-manifest dash {STAGED} --overwrite {rsconnect.words()}",
    ]


def content(deployment: Deployment) -> list[str]:
    if deployment.content is not None:
        return [curl("GET", f"v1/content/{deployment.guid}")]
    body = {"name": deployment.options.name, "title": deployment.settings.title}
    return [
        curl("GET", f"v1/content?name={deployment.options.name}"),
        curl("POST", "v1/content", _json(body)) + "   # its answer's guid is CONTENT_GUID",
    ]


def variables(deployment: Deployment) -> list[str]:
    wanted, lines = deployment.variables, []
    if deployment.lacks_key:
        wanted.append(Variable("PORTAL_SIGNING_KEY", "", secret=True))
        lines = ['PORTAL_SIGNING_KEY="$(openssl rand -hex 32)"   # once: processes of one content have it in common']
    parts = ", ".join(one.by_hand for one in wanted)
    return [*lines, curl("PATCH", f"v1/content/{deployment.guid}/environment", f"'[{parts}]'")]


def processes(deployment: Deployment) -> list[str]:
    return [curl("PATCH", f"v1/content/{deployment.guid}", _json(deployment.processes))]


def publish(deployment: Deployment) -> list[str]:
    return [f"rsconnect deploy dash {STAGED} --app-id {deployment.guid} {rsconnect.words()}"]


def associate(deployment: Deployment) -> list[str]:
    path = f"v1/content/{deployment.guid}/oauth/integrations/associations"
    guids = [deployment.integration.guid if deployment.integration else "${INTEGRATION_GUID}"]
    if deployment.integration is not None and deployment.content is not None:
        guids = deployment.associations()
    return [
        curl("GET", "v1/oauth/integrations") + "   # the guid of yours is INTEGRATION_GUID",
        curl("GET", path) + "   # PUT replaces the list: keep what is there",
        curl("PUT", path, _json([{"oauth_integration_guid": guid} for guid in guids])),
    ]


def access(deployment: Deployment) -> list[str]:
    wanted = deployment.options.access
    if wanted is None:
        return [curl("GET", f"v1/content/{deployment.guid}") + '   # access_type must not be "all"']
    return [curl("PATCH", f"v1/content/{deployment.guid}", _json({"access_type": wanted}))]


def check(deployment: Deployment) -> list[str]:
    return [f'curl -H "Authorization: Key ${{CONNECT_API_KEY}}" "${{CONNECT_SERVER}}/content/{deployment.guid}/readyz"']
