"""A statement's text as Spark's lexer reads it: comments, strings, quoted names, `$$` bodies, and where it ends.

The sandbox reads as the engine behind a real warehouse does, by rules of its own: a text that some other reader takes
otherwise does here what it would do there.

Source: `SqlBaseLexer.g4` of Apache Spark. What is easy to get wrong:

- a `--` comment goes on over a backslash that stands directly before a line feed (not before CR LF);
- bracketed comments nest, but `/*+` inside one opens none;
- `R'…'` and `r"…"` know no escapes, and only where a word does not run into them (`for'…'` is `for` and a string);
- letters are folded one by one, so that `ınsert` and `ſelect` are keywords;
- `''` inside a string is a quote, as is `\\'`; a string may hold line feeds;
- `gs://a--b` is one word (which must be quoted to be a name), not a comment;
- `$tag$ … $tag$` is a body, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from portal.sandbox.sql import errors

_LEXEME = re.compile(
    r"""
    (?P<space>[ \t\n\f\r\v\u00a0\u1680\u2000-\u200a\u2028\u202f\u205f\u3000]++)
  | (?P<comment>--(?:\\\n|[^\r\n])*+\r?\n?)
  | (?P<hint>/\*\+)
  | (?P<bracketed>/\*)
  | (?P<raw>[rR](?:'[^']*+'|"[^"]*+"))
  | (?P<string>'(?:[^'\\]++|\\.|'')*+'|"(?:[^"\\]++|\\.|"")*+")
  | (?P<quoted>`(?:[^`]++|``)*+`)
  | (?P<body>\$[A-Za-z]*+\$)
  | (?P<address>[^\W\d_]++://[\w/\-.?=&\#%]++)
  | (?P<word>\w++)
  | (?P<semicolon>;)
  | (?P<symbol>\*(?!/)|[-+/%~&|^=<>!:?.,()\[\]@])
  | (?P<unknown>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*(?!\+)|\*/")
HIDDEN = frozenset({"space", "comment"})
"""What no grammar rule sees."""
VALUES = frozenset({"string", "body", "quoted"})
"""What has a `value` besides its text."""


class Lexeme(NamedTuple):
    """`text[start:end]`; `value` is what a string, body or quoted name says, unescaped, or a word folded to ASCII."""

    kind: str
    start: int
    end: int
    value: str = ""


def lexemes(text: str) -> Iterator[Lexeme]:
    """Everything in the text, in order. ParseError where Spark would not know what it sees."""
    at, before, hinted = 0, "", False
    while at < len(text):
        found = _LEXEME.match(text, at)
        assert found is not None
        kind, shown, end, value = str(found.lastgroup), found.group(), found.end(), ""
        match kind:
            case "bracketed":
                kind, end = "comment", _comment_end(text, end)
            case "hint" if before == "SELECT" and not hinted:
                kind, hinted = "space", True
            case "unknown" if hinted and text.startswith("*/", at):
                kind, end, hinted = "space", at + 2, False
            case "string":
                value = unescaped(shown)
            case "raw":
                kind, value = "string", shown[2:-1]
            case "quoted":
                value = shown[1:-1].replace("``", "`")
            case "body":
                value, end = _body(text, shown, end)
            case "address":
                raise invalid_name(text, at, shown)
            case "word" if not shown.isascii():
                _check_word(text, at, shown)
                value = folded(shown)
                if not value.isascii():
                    raise invalid_name(text, at, shown)
        if kind in ("unknown", "hint"):
            raise errors.syntax(text[at:end], text, *place(text, at))
        if kind not in HIDDEN:
            before = shown.upper() if not hinted else before
        yield Lexeme("space" if hinted else kind, at, end, value)
        at = end
    if hinted:
        raise errors.syntax(None, text, *place(text, len(text)))


def _comment_end(text: str, at: int) -> int:
    """Where a bracketed comment ends whose opening ends at `at`."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    message = "Found an unclosed bracketed comment. Please, append */ at the end of the comment."
    raise errors.ParseError(message, text, *place(text, at - 2), error_class="UNCLOSED_BRACKETED_COMMENT")


def _body(text: str, tag: str, at: int) -> tuple[str, int]:
    """What stands between two equal tags, and where the second ends."""
    closing = text.find(tag, at)
    if closing < 0:
        raise errors.syntax(tag, text, *place(text, at - len(tag)))
    return text[at:closing], closing + len(tag)


def _check_word(text: str, at: int, word: str) -> None:
    """What is neither a letter nor one of ten digits is no part of a word."""
    for index, letter in enumerate(word):
        if not (letter == "_" or letter.isalpha() or letter in "0123456789"):
            raise errors.syntax(letter, text, *place(text, at + index))


def folded(word: str) -> str:
    """In capitals, letter by letter: keywords are found so, which makes one of `ınsert`."""
    capitals = [letter.upper() for letter in word]
    return "".join(capital if len(capital) == 1 else letter for capital, letter in zip(capitals, word, strict=True))


def invalid_name(text: str, at: int, word: str) -> errors.ParseError:
    message = (
        f"The unquoted identifier {word} is invalid and must be back quoted as: `{word}`.\nUnquoted identifiers can "
        "only contain ASCII letters ('a' - 'z', 'A' - 'Z'), digits ('0' - '9'), and underbar ('_').\nUnquoted "
        "identifiers must also not start with a digit.\nDifferent data sources and meta stores may impose additional "
        "restrictions on valid identifiers."
    )
    return errors.ParseError(message, text, *place(text, at), error_class="INVALID_IDENTIFIER", sqlstate="42602")


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([01][0-7]{2})|(.))", re.DOTALL)
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


def unescaped(quoted: str) -> str:
    """What a string in quotes says."""
    quote, inner = quoted[0], quoted[1:-1]
    if "\\" not in inner:
        return inner.replace(quote * 2, quote)
    # A doubled quote is one; but the one that a backslash protects is no half of a pair.
    parts = re.split(r"(\\.)", inner, flags=re.DOTALL)
    inner = "".join(part if index % 2 else part.replace(quote * 2, quote) for index, part in enumerate(parts))
    return _ESCAPE.sub(_escape, inner)


def _escape(found: re.Match[str]) -> str:
    short, long, octal, letter = found.groups()
    if octal:
        return chr(int(octal, 8))
    code = int(short or long, 16) if short or long else None
    if code is not None:
        return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"
    return _ESCAPED.get(letter, letter)


def place(text: str, offset: int) -> tuple[int, int]:
    """An offset as Spark counts: lines from 1, characters of the line from 0."""
    before = text[:offset]
    return before.count("\n") + 1, len(before.rpartition("\n")[2])


def blanked(text: str, read: list[Lexeme]) -> str:
    """The text, as long as it was, with nothing left that a simpler lexer could misread.

    Comments, hints and odd white space become spaces; strings, bodies and quoted names a backslash (which stands
    nowhere else, nor in any operator) and spaces.
    """
    parts = []
    for one in read:
        length = one.end - one.start
        if one.kind in HIDDEN:
            parts.append(" " * length)
        elif one.kind in VALUES:
            parts.append("\\" + " " * (length - 1))
        else:
            parts.append(one.value or text[one.start : one.end])
    return "".join(parts)
