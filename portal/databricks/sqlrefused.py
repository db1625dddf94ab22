"""What the guard says of a statement that it does not hand on. Apart from the reader, whose parser is imported late."""

from __future__ import annotations

from portal.viewer.errors import StatementFailed

CHANGES = frozenset({
    "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "REPLACE", "DROP", "UNDROP", "ALTER", "TRUNCATE", "COPY", "GRANT",
    "REVOKE", "DENY", "OPTIMIZE", "VACUUM", "REORG", "RESTORE", "REFRESH", "CACHE", "UNCACHE", "CLEAR", "ANALYZE",
    "COMMENT", "CALL", "EXECUTE", "DECLARE", "BEGIN", "LOAD", "MSCK", "REPAIR", "FSCK", "CONVERT", "CLONE", "ADD",
    "PUT", "REMOVE", "SYNC",
})  # fmt: skip
"""Words that begin a statement which changes something."""


class Refused(StatementFailed):
    """The page does not hand this statement on; its message says why, and what to do instead."""

    kind = "refused"
    title = "Not run"


class Unparsed(Refused):
    """Not understood here. Databricks can be asked what is wrong with it, by an EXPLAIN, which runs nothing."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(
            f"The portal does not understand this statement ({word or 'empty'}): {why}. So it cannot tell that it only "
            "reads. The team that runs the portal can allow all statements with PORTAL_SQL_MODE=full."
        )
