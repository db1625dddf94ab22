"""What a request has met already: a service that let it wait in vain once does not let it wait again.

A page asks a service several times, one call after the other. Each call has its bound, and so has each call's retries;
without this a request would have their sum.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

REMEMBERED = 2.0
"""Seconds for which a silent service is not asked again. What goes on for longer than a request asks anew then."""
RETRIED = 4.0
"""Seconds for which answers of 5xx are asked for again, of all calls of a request together."""
CALM = 10.0
"""Seconds without a 5xx after which the next one is the first."""


@dataclass
class Trouble:
    """Of one request and the threads on its behalf. Times are of `time.monotonic()`, by service."""

    _silent: dict[str, float] = field(default_factory=dict)
    _failing: dict[str, tuple[float, float]] = field(default_factory=dict)
    """The first and the last answer of 5xx."""

    def waited(self, service: str) -> None:
        """No answer came in time."""
        self._silent[service] = time.monotonic()

    def is_silent(self, service: str) -> bool:
        """Whether this request has just waited for the service in vain."""
        return time.monotonic() - self._silent.get(service, float("-inf")) < REMEMBERED

    def failed(self, service: str) -> bool:
        """An answer of 5xx came; whether it is to stand, since earlier ones were asked for again for long enough."""
        now = time.monotonic()
        first, last = self._failing.get(service, (now, now))
        first = now if now - last > CALM else first
        self._failing[service] = first, now
        return now - first >= RETRIED
