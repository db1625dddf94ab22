"""Short-lived links to chunks of results, as cloud storage signs them: both doors hand them out, one host serves."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
import urllib.parse
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from portal.sandbox.world import World

_KEPT = 50_000
"""Objects whose links are remembered; far more than live at once."""


@dataclass(frozen=True)
class Link:
    url: str
    expires_at: float
    """Seconds since the epoch, by the world's clock."""


class Refused(Exception):
    """A link that is not served: `status` and the storage service's own `code` and `text`."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


class Presigned:
    """Signs links and opens them. What a link leads to is made when it is fetched, in a thread of the caller's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._key = secrets.token_bytes(32)
        self._objects: OrderedDict[str, tuple[Callable[[], bytes | memoryview], str]] = OrderedDict()

    def sign(self, name: str, produce: Callable[[], bytes | memoryview], content_type: str) -> Link:
        """A new link to `produce()`; the same object gets another signature each time, as real links do."""
        path = f"/{self._world.workspace_id}/results/{secrets.token_hex(8)}/{name}"
        self._objects[path] = (produce, content_type)
        while len(self._objects) > _KEPT:
            self._objects.popitem(last=False)
        return self.link(path, 900.0)

    def link(self, path: str, most: float) -> Link:
        """A signed address of a path of the storage host, good for `most` seconds or `world.link_lifetime`."""
        now = self._world.clock.now()
        lifetime = min(self._world.link_lifetime, most)
        moment = datetime.datetime.fromtimestamp(now, datetime.UTC)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": f"{moment:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": f"{lifetime:.3f}".rstrip("0").rstrip("."),
            "X-Expires-At": f"{now + lifetime:.3f}",
        }
        query["X-Amz-Signature"] = self._signature(path, query)
        return Link(f"{self._world.storage_url}{path}?{urllib.parse.urlencode(query)}", now + lifetime)

    def open(self, path: str, query: dict[str, str], authorized: bool) -> tuple[Callable[[], bytes | memoryview], str]:
        """What a link leads to; Refused as `check` says, or where it is not there."""
        self.check(path, query, authorized)
        found = self._objects.get(path)
        if found is None:
            raise Refused(404, "NoSuchKey", "The specified key does not exist.")
        return found

    def check(self, path: str, query: dict[str, str], authorized: bool) -> None:
        """Refused with a second way of authentication, a wrong signature, or too late."""
        if authorized:
            text = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            raise Refused(400, "InvalidArgument", text + "parameter or the Authorization header should be specified")
        given = dict(query)
        signature = given.pop("X-Amz-Signature", "")
        if not hmac.compare_digest(signature, self._signature(path, given)):
            text = "The request signature we calculated does not match the signature you provided. Check your key and "
            raise Refused(403, "SignatureDoesNotMatch", text + "signing method.")
        if float(given["X-Expires-At"]) <= self._world.clock.now():
            raise Refused(403, "AccessDenied", "Request has expired")

    def _signature(self, path: str, query: dict[str, str]) -> str:
        signed = path + "?" + urllib.parse.urlencode(sorted(query.items()))
        return hmac.new(self._key, signed.encode(), hashlib.sha256).hexdigest()
