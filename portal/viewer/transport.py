"""How this process speaks HTTP for many viewers over one `requests.Session`.

Defaults of `requests` and of the SDKs are wrong here. They keep cookies: a Set-Cookie answered to one viewer would go
out with another's bearer. They set no time-out (posit-sdk), wait as long to connect as to read (databricks-sdk), and
follow redirects, posit-sdk with the form that holds the session token. `careful` mends that on a session that a library
has built.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from cachetools import LRUCache
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from portal import counters
from portal.viewer.context import tally
from portal.viewer.errors import Unreachable

CONNECT_SECONDS = 2.0
READ_SECONDS = 10.0


class CarefulAdapter(HTTPAdapter):
    """Time-outs, a bound on connections, no redirects, and one clear error where a connection cannot be made.

    That error is `Unreachable`, which neither SDK retries: a page says that a service is away within `CONNECT_SECONDS`
    instead of after a library's whole retry budget.
    """

    def __init__(self, service: str, pool_size: int) -> None:
        self._service = service
        # pool_block: at the bound a call waits for a connection instead of opening one more that is thrown away.
        super().__init__(pool_connections=4, pool_maxsize=pool_size, pool_block=True)

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        timeout = kwargs.get("timeout")
        read = timeout if isinstance(timeout, int | float) else timeout[1] if timeout else READ_SECONDS
        kwargs["timeout"] = (CONNECT_SECONDS, read)
        started = time.perf_counter()
        status: int | str = "unreachable"
        try:
            response = super().send(request, *args, **kwargs)
            status = response.status_code
        except requests.ConnectionError as error:
            cause = error.args[0] if error.args else None
            if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
                raise Unreachable(self._service) from None
            if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
                raise Unreachable(self._service) from None
            raise
        finally:
            cost = tally()
            cost.calls += 1
            cost.call_seconds += time.perf_counter() - started
            counters.call(self._service, request.path_url.partition("?")[0], status, time.perf_counter() - started)
        if response.is_redirect:
            response.close()
            # The location is left out: it may hold a secret.
            raise requests.TooManyRedirects("a redirect was answered where none belongs", response=response)
        return response


def careful(session: requests.Session, service: str, *, pool_size: int = 32) -> requests.Session:
    """Mend a session in place. `service` is what a viewer calls it: "Connect", "Databricks", "result storage"."""
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.merge_environment_settings = _once_a_host(session.merge_environment_settings)  # type: ignore[method-assign]
    for scheme in ("https://", "http://"):
        session.mount(scheme, CarefulAdapter(service, pool_size))
    return session


def _once_a_host(merge: Callable[..., Any]) -> Callable[..., Any]:
    """Proxies and trust out of the environment, looked up once a host: `requests` goes through all variables twice a
    call, a seventh of what a call costs. A process's environment does not change.
    """
    known: LRUCache[tuple[Any, ...], Any] = LRUCache(100)
    lock = threading.Lock()

    def merged(url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        if proxies:
            return merge(url, proxies, stream, verify, cert)
        key = (*urlsplit(url)[:2], stream, verify, cert)
        with lock:
            if key not in known:
                known[key] = merge(url, proxies, stream, verify, cert)
            return dict(known[key])

    return merged
