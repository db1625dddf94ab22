"""Unity Catalog, asked through the SDK's client: page by page, and with names that cannot change the address.

The SDK's iterators hide where a page ends, its enums turn a word that they do not know into None, and it puts names
into addresses as they are. So it authenticates, retries and names the errors here, and answers in the API's own JSON.

Source: Databricks REST API reference, "Unity Catalog" 2.1: a page may be empty and still lead on; `max_results=0` asks
for pages of the server's size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from portal.databricks import workspace
from portal.databricks.catalog.model import missing
from portal.shapes import Json
from portal.viewer.audit import audited
from portal.viewer.errors import NoSuchThing, NotPermitted

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

BASE = "/api/2.1/unity-catalog"
EMPTY_PAGES = 50
"""More empty pages than this in a row lead nowhere."""

T = TypeVar("T")


def address(*parts: str) -> str:
    """`tables`, `main.sales.orders` as a path below the API's."""
    return "/".join((BASE, *(quote(part, safe="") for part in parts)))


def hidden(function: Callable[[], T], path: tuple[str, ...]) -> T:
    """What `function` answers; a refusal and an absence are told as one."""
    try:
        return function()
    except (NotPermitted, NoSuchThing):
        raise missing(path) from None


def get(where: str, what: str, **query: object) -> Json:
    """One GET; values of None are left out."""
    given = {name: value for name, value in query.items() if value is not None}

    def send(client: WorkspaceClient) -> Json:
        answer = client.api_client.do("GET", where, query=given, headers={"Accept": "application/json"})
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        return answer

    with audited("catalog.read", f"catalog/{what}"[:200], read=True):
        return workspace.call(send, what)


def page(where: str, key: str, what: str, token: str | None = None, **query: object) -> tuple[list[Json], str | None]:
    """The next page that holds something, and what leads on from it."""
    for _ in range(EMPTY_PAGES):
        body = get(where, what, **{"max_results": 0, **query, "page_token": token})
        found, token = body.get(key) or [], body.get("next_page_token") or None
        if found or token is None:
            return found, token
    return [], None


def every(where: str, key: str, what: str, **query: object) -> Iterator[Json]:
    """Every item of every page."""
    token = None
    while True:
        found, token = page(where, key, what, token, **query)
        yield from found
        if token is None:
            return
