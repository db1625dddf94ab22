"""This process, by a name of its own."""

import secrets

from portal import assets

_BOOT = secrets.token_hex(6)


def drawn_by() -> str:
    """This process and its browser's half: what a page that is open in development was drawn by."""
    built = (assets.VENDOR / name for name in assets.SCRIPTS)
    return "-".join([_BOOT, *(format(file.stat().st_mtime_ns, "x") for file in built if file.exists())])
