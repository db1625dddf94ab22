"""Host metadata and the workspace's OAuth endpoint, as the SDKs look for them.

databricks-sdk GETs `/.well-known/databricks-config` for each Config; the connector offers a foreign JWT to
`/oidc/v1/token`. Bearers may be JWTs on request (`POST /__sandbox__/tokens {"jwt": true}`), signed with a key made
at start, whose public half is at `/oidc/jwks.json`.
"""

from __future__ import annotations

import time
import uuid
from functools import lru_cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.sandbox.world import Person, World

ACCOUNT_ID = "7a99b43c-b46c-432b-b0a7-814217701909"
KEY_ID = "sandbox"


@lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def minter(world: World) -> Any:
    """For `Tokens.mint`: a JWT of the shape of Databricks' own OAuth access tokens."""

    def mint(person: Person, expires_at: float) -> str:
        claims = {
            "client_id": "databricks-sandbox",
            "scope": "all-apis offline_access",
            "iss": f"{world.workspace_url}/oidc",
            "aud": world.workspace_id,
            "sub": person.user_name,
            "iat": int(world.clock.now()),
            "exp": int(expires_at),
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": KEY_ID})

    return mint


def routes(world: World) -> list[web.RouteDef]:
    async def host_metadata(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "oidc_endpoint": f"{world.workspace_url}/oidc",
                "account_id": ACCOUNT_ID,
                "workspace_id": world.workspace_id,
                "cloud": "AWS",
            }
        )

    async def discovery(request: web.Request) -> web.Response:
        base = f"{world.workspace_url}/oidc"
        return web.json_response(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/v1/authorize",
                "token_endpoint": f"{base}/v1/token",
                "jwks_uri": f"{base}/jwks.json",
                "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
                "scopes_supported": ["all-apis", "sql", "offline_access", "openid", "profile", "email"],
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            }
        )

    async def jwks(request: web.Request) -> web.Response:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
        return web.json_response({"keys": [{**public, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]})

    async def token(request: web.Request) -> web.Response:
        """Token federation: a subject token that this workspace issued is exchanged for a new one of its person."""
        form = await request.post()
        grant = str(form.get("grant_type", ""))
        subject = form.get("subject_token") or form.get("assertion") or ""
        if "token-exchange" not in grant and "jwt-bearer" not in grant:
            return _oauth_error("unsupported_grant_type", f"grant type {grant!r} is not supported here")
        person = world.tokens.person(str(subject))
        if person is None:
            return _oauth_error("invalid_grant", "the subject token is not valid")
        issued = world.tokens.issue(person)
        return web.json_response(
            {
                "access_token": issued.value,
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
                "token_type": "Bearer",
                "scope": str(form.get("scope", "all-apis")),
                "expires_in": max(0, round(issued.expires_at - world.clock.now())),
            }
        )

    return [
        web.get("/.well-known/databricks-config", host_metadata),
        web.get("/oidc/.well-known/oauth-authorization-server", discovery),
        web.get("/oidc/.well-known/openid-configuration", discovery),
        web.get("/oidc/jwks.json", jwks),
        web.post("/oidc/v1/token", token),
    ]


def _oauth_error(error: str, description: str) -> web.Response:
    body = {"error": error, "error_description": description, "request_id": f"{time.time_ns():x}"}
    return web.json_response(body, status=400)
