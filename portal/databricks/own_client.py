"""`workspace()`: databricks-sdk's `WorkspaceClient` as the viewer who asked for it.

What goes out by it goes through `portal.databricks.workspace.call`, one HTTP call at a time: with the viewer's
credential of that moment, the portal's bounds and retries, one new exchange after a 401, and the states of
`portal.viewer.errors` instead of the SDK's. So it holds for everything that the SDK has: iterators, waiters, uploads.

It belongs to the viewer whose request made it, also in threads that the page starts. In another viewer's request, or
one without a viewer, it refuses: somebody has kept it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from portal.databricks import workspace as shared
from portal.patches.databricks import going_out_by
from portal.viewer.context import acting_as, current, is_outside
from portal.viewer.credential import Viewer
from portal.viewer.errors import SignInToDatabricks

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import ApiClient

SHARED = {
    "dbutils": "it keeps one command context for everybody",
    "serving_endpoints_data_plane": "it keeps tokens by endpoint, whoever asks",
}
"""What a `WorkspaceClient` has that would hold one viewer's things for the next (databricks-sdk 0.156)."""
_VERSION = re.compile(r"^/api/\d\.\d(/preview)?/")


def workspace(what: str = "") -> WorkspaceClient:
    """A `WorkspaceClient` of the current viewer; cheap, so ask for one in each callback.

    `what` names in what a viewer reads if they are refused ("the endpoint llm"); otherwise the API's name does.
    Raises the state to show where there is no viewer. Its calls raise states too, `NoSuchThing` for the SDK's NotFound.

    >>> workspace().current_user.me().user_name
    'analyst.west@example.com'
    """
    return cast("WorkspaceClient", _OwnClient(current(), what))


class _OwnClient:
    """Services by name, as a `WorkspaceClient` has them, each a copy that goes out by `_OwnApi`."""

    def __init__(self, viewer: Viewer, what: str) -> None:
        self._viewer = viewer
        self._what = what

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in SHARED:
            raise AttributeError(f"workspace() has no {name}: {SHARED[name]}")
        if name == "api_client":
            found: object = self._api(shared.client().api_client)
        else:
            found = getattr(shared.client(), name)
            if not callable(found):
                found = going_out_by(found, self._api)
        return self.__dict__.setdefault(name, found)

    def _api(self, api: ApiClient) -> _OwnApi:
        return _OwnApi(api, self._viewer, self._what)


class _OwnApi:
    """An `ApiClient` each of whose calls is one of `viewer`'s."""

    def __init__(self, api: ApiClient, viewer: Viewer, what: str) -> None:
        self._api = api
        self._viewer = viewer
        self._what = what

    def __getattr__(self, name: str) -> object:
        return getattr(self._api, name)

    def do(self, method: str, path: str | None = None, *given: Any, **named: Any) -> object:
        """As the SDK's."""
        what = self._what or _VERSION.sub("", path or "")[:120] or "this"
        sent = _Once(named.get("data"), lambda: self._api.do(method, path, *given, **named))
        if is_outside():
            with acting_as(self._viewer):
                return shared.call(sent, what)
        if current() != self._viewer:
            raise RuntimeError("a client of workspace() was kept for another viewer: ask for one in each callback")
        return shared.call(sent, what)


class _Once:
    """A call that `workspace.call` may make a second time, after a 401: a body that has been read is read again from
    where it began, or the call is not made again."""

    def __init__(self, body: object, send: Callable[[], object]) -> None:
        self._body: Any = body if hasattr(body, "read") else None
        self._start = self._place()
        self._send = send
        self._sent = False

    def _place(self) -> int | None:
        seekable = getattr(self._body, "seekable", None)
        return self._body.tell() if seekable is not None and seekable() else None

    def __call__(self, _client: WorkspaceClient) -> object:
        if self._sent and self._body is not None:
            if self._start is None:
                raise SignInToDatabricks(current().login_url())
            self._body.seek(self._start)
        self._sent = True
        return self._send()
