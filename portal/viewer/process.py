"""What one process of the portal has for its viewers: made once, by `create_app`, and carried along by each viewer."""

from __future__ import annotations

from portal.cache import SharedCache
from portal.viewer.shared_answers import SharedAnswers
from portal.viewer.upstream.admission import Admission
from portal.viewer.upstream.pauses import Pauses


class Process:
    """`shared` is the cache that this process has with others; without one, what is told to others is told nobody.

    `seals`: whether viewers have credentials of their own, under which answers can be sealed for other processes.
    `threads` is how many of them answer requests, None where that is not known.
    """

    def __init__(self, shared: SharedCache | None = None, *, seals: bool = True, threads: int | None = None) -> None:
        self.shared = shared
        # A cache in this process's own memory tells nobody else.
        others = shared if shared is not None and shared.shared else None
        self.answers = SharedAnswers(others if seals else None)
        self.pauses = Pauses(others)
        self.admission = Admission(threads)
        self.broken_pages: dict[str, str] = {}
        """Those that cannot be shown, with what is wrong: see `portal.ui.registry`."""
