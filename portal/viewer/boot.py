"""This process, by a name of its own."""

import secrets

BOOT = secrets.token_hex(6)
