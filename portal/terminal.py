"""What a terminal is shown. Text from elsewhere may hold sequences that move its cursor, hide lines, set its title or
answer for whoever reads the log; and characters that turn the direction of what follows.

>>> printable("a\\x1b[2Jb\\u202ec")
'a\\\\x1b[2Jb\\\\u202ec'
"""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_IN_LINES = re.compile(_CONTROL.pattern.replace(r"\x0a-\x1f", r"\x0b-\x1f"))


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


def printable(text: str) -> str:
    """One line, with everything that would not be drawn written as its escape: `\\x1b`, `\\n`, `\\u202e`."""
    return _CONTROL.sub(_escaped, text)


def printable_lines(text: str) -> str:
    """The same for text of several lines, such as a traceback. Each is indented: none passes for a line of ours."""
    return "\n".join("  " + line for line in _IN_LINES.sub(_escaped, text).splitlines())
