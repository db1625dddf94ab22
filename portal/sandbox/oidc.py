"""Host metadata and the workspace's OAuth endpoint, as the SDKs look for them.

databricks-sdk GETs `/.well-known/databricks-config` for each Config; the connector offers a foreign JWT to
`/oidc/v1/token`. Bearers may be JWTs on request (`POST /__sandbox__/tokens {"jwt": true}`), signed with a key made
at start, whose public half is at `/oidc/jwks.json`.
"""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from portal.sandbox import errors
from portal.sandbox.routing import Body, Call, Json, Route, get, post
from portal.sandbox.world import Person, World

ACCOUNT_ID = "7a99b43c-b46c-432b-b0a7-814217701909"
KEY_ID = "sandbox"


@lru_cache(maxsize=1)
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Form(Body):
    """RFC 8693 and RFC 7523, as a form."""

    grant_type: str = ""
    subject_token: str = ""
    assertion: str = ""
    scope: str = "all-apis"


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


async def host_metadata(call: Call) -> Json:
    return {
        "oidc_endpoint": f"{call.world.workspace_url}/oidc",
        "account_id": ACCOUNT_ID,
        "workspace_id": call.world.workspace_id,
        "cloud": "AWS",
    }


async def discovery(call: Call) -> Json:
    base = f"{call.world.workspace_url}/oidc"
    return {
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


async def jwks(call: Call) -> Json:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
    return {"keys": [{**public, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]}


async def token(call: Call[Form]) -> Json:
    """Token federation: a subject token that this workspace issued is exchanged for a new one of its person."""
    form, world = call.asked, call.world
    if "token-exchange" not in form.grant_type and "jwt-bearer" not in form.grant_type:
        raise errors.OAuthError("unsupported_grant_type", f"grant type {form.grant_type!r} is not supported here")
    person = world.tokens.person(form.subject_token or form.assertion)
    if person is None:
        raise errors.OAuthError("invalid_grant", "the subject token is not valid")
    issued = world.tokens.issue(person)
    return {
        "access_token": issued.value,
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "token_type": "Bearer",
        "scope": form.scope,
        "expires_in": max(0, round(issued.expires_at - world.clock.now())),
    }


def routes(world: World) -> list[Route]:
    return [
        get("/.well-known/databricks-config", host_metadata),
        get("/oidc/.well-known/oauth-authorization-server", discovery),
        get("/oidc/.well-known/openid-configuration", discovery),
        get("/oidc/jwks.json", jwks),
        post("/oidc/v1/token", token),
    ]
