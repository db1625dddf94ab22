"""How an endpoint is declared: a line in its room's table, and a handler whose annotation says what it reads.

    class Asked(Query):
        page_size: Annotated[int, Field(ge=0, le=100)] = 20

    async def listed(call: Call[Asked]) -> Json:
        return {"widgets": widgets_of(call.person)[: call.asked.page_size]}

    def routes(world: World) -> list[Route]:
        return table("/api/2.0/widgets", get("", listed), post("/{id}/start", start))

A GET or DELETE reads its query, everything else a JSON body (a list by pydantic's RootModel). What does not fit is
`Unreadable`, which each place words as its own (`worded`). A handler answers with JSON, with None (204) or with a
response of aiohttp's.
"""

from __future__ import annotations

import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Generic, Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, RootModel, ValidationError, model_validator

from portal.sandbox import errors
from portal.sandbox.faults import Handler
from portal.sandbox.world import Person, World

Json = dict[str, Any]
WORLD = web.AppKey("world", World)


class Query(BaseModel):
    """A query string. It knows all its names: a list that ignores one shows more than was asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Body(BaseModel):
    """A JSON object. As in the real APIs, members that nobody asked for are left alone, and null is an absent one."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        fields = {field.alias or name for name, field in cls.model_fields.items()}
        return {name: value for name, value in given.items() if value is not None or name not in fields}

    def sent(self) -> Json:
        """What came, members without a field of their own included, in an object of the caller's own."""
        return self.model_dump(exclude_unset=True)


class Nothing(Query):
    """Of a handler that reads neither; what is sent all the same is not looked at."""

    model_config = ConfigDict(extra="ignore")


def _flag(value: Any) -> Any:
    if isinstance(value, str):
        if value.lower() not in ("true", "false"):
            raise ValueError("expected a boolean")
        return value.lower() == "true"
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
"""`true` or `false`, in any case (the SDK sends lower case)."""

Asked = TypeVar("Asked", bound=BaseModel)
Q = TypeVar("Q", bound=BaseModel)


@dataclass(frozen=True)
class Call(Generic[Asked]):
    """One request, as its handler sees it."""

    request: web.Request
    asked: Asked

    @property
    def world(self) -> World:
        return self.request.app[WORLD]

    @property
    def person(self) -> Person:
        """Whose credential came with it; the middleware has refused all others."""
        person: Person = self.request["person"]
        return person

    @property
    def path(self) -> Mapping[str, str]:
        """The names of the path: `{id}` is `call.path["id"]`."""
        return self.request.match_info

    def query(self, kind: type[Q]) -> Q:
        """What stands in the query beside the body of a request that has both."""
        return _read(kind, dict(self.request.query), "parameter")


class Unreadable(Exception):
    """The request is not what the route reads. `kind` is `json` (it is none), `missing`, `unknown` or `value`."""

    def __init__(self, kind: str, name: str, text: str) -> None:
        super().__init__(text)
        self.kind, self.name, self.text = kind, name, text


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Handler
    reads: type[BaseModel]

    def definition(self) -> web.RouteDef:
        return web.route(self.method, self.path, self.handler)


class _Declare(Protocol):
    def __call__(self, path: str, answer: Callable[[Call[Any]], Awaitable[Any]], status: int = 200) -> Route: ...


def _route(method: str) -> _Declare:
    def declared(path: str, answer: Callable[[Call[Any]], Awaitable[Any]], status: int = 200) -> Route:
        reads = _reads(answer)
        whole = issubclass(reads, RootModel)
        from_query = method in ("GET", "DELETE")
        lists = frozenset(
            field.alias or name for name, field in reads.model_fields.items() if "list" in str(field.annotation)
        )

        async def handler(request: web.Request) -> web.StreamResponse:
            if reads is Nothing:
                asked: BaseModel = _NOTHING
            elif from_query:
                asked = _read(reads, _from_query(request, lists), "parameter")
            else:
                asked = _read(reads, await _from_body(request, whole), "field")
            found = await answer(Call(request, asked))
            if found is None:
                return web.Response(status=204)
            return found if isinstance(found, web.StreamResponse) else web.json_response(found, status=status)

        return Route(method, path, handler, reads)

    return declared


get, post, put, patch, delete = map(_route, ("GET", "POST", "PUT", "PATCH", "DELETE"))
_NOTHING = Nothing()


def table(bases: str | tuple[str, ...], *routes: Route) -> list[Route]:
    """The routes under a path, or alike under each of several (versions of an API)."""
    return [
        replace(route, path=base + route.path)
        for base in ((bases,) if isinstance(bases, str) else bases)
        for route in routes
    ]


def _reads(answer: Callable[..., Any]) -> type[BaseModel]:
    """`Asked` of the handler's `Call[Asked]`."""
    hint = typing.get_type_hints(answer)["call"]
    of = typing.get_args(hint)
    found = of[0] if of else Nothing
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise TypeError(f"{answer.__qualname__}: Call[…] takes a model, not {found!r}")
    return found


def _from_query(request: web.Request, lists: frozenset[str]) -> Json:
    """Of a name that comes twice the last, or all where the model has a list."""
    return {
        name: request.query.getall(name) if name in lists else request.query.getall(name)[-1] for name in request.query
    }


async def _from_body(request: web.Request, whole: bool) -> Any:
    """A JSON object, or a form's fields; no body at all is an empty one. The `whole` body may be a list as well."""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(await request.post())
    if not (await request.text()).strip():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise Unreadable("json", "", f"Could not parse request object: {error}") from None
    if whole:
        return body
    if not isinstance(body, dict):
        raise Unreadable("json", "", "Could not parse request object: Expected 'START_OBJECT'.")
    return body


def _read(kind: type[Q], given: Any, word: str) -> Q:
    try:
        return kind.model_validate(given)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        raise Unreadable("missing", name, f"Missing required {word}: {name}")
    if first["type"] == "extra_forbidden":
        raise Unreadable("unknown", name, f"Unknown {word}: '{name}'.")
    why = first["msg"].removeprefix("Value error, ")
    raise Unreadable(
        "value", name, f"Invalid value for {word} '{name}': {why[:1].lower()}{why[1:]}, got {_shown(first)}."
    )


def _shown(first: Any) -> str:
    return repr(first["input"])[:100]


def worded(
    unreadable: Callable[[web.Request, Unreadable], web.Response], missing: Callable[[web.Request], web.Response]
) -> Any:
    """The middleware that turns what handlers raise into the answers of its place."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except errors.Refusal as refusal:
            return refusal.response()
        except Unreadable as error:
            return unreadable(request, error)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            return missing(request)

    return middleware
