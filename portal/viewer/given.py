"""What a request holds, read by type: whatever a browser, a script or a stranger sent becomes a value or a sentence.

A body is described by a `Given`: its fields, their types and how much each may hold. What does not fit is
`NotUnderstood` (400), in words that name the field. Nothing else takes a body apart.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portal.viewer.errors import NotUnderstood


class Given(BaseModel):
    """Strict: a text is no number, `true` is no 1. A field that nobody asked for is left alone."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )


G = TypeVar("G", bound=Given)

Whole = Annotated[int, Field(ge=0, le=2**53)]
"""A number of rows or columns: as large as JavaScript counts."""
Short = Annotated[str, Field(max_length=255)]
"""An id, a choice or a word."""
ObjectName = Annotated[str, Field(min_length=1, max_length=255)]
"""A name of Unity Catalog: 255 characters at most."""
Sql = Annotated[str, Field(max_length=8 * 1024 * 1024)]
"""Characters of SQL, as a page sends it."""


def read(kind: type[G], value: object) -> G:
    """A value that was JSON, as `kind`; raises `NotUnderstood`."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise NotUnderstood(sentence(error)) from None


def read_json(kind: type[G], body: bytes) -> G:
    """The same of JSON itself; no body at all is an empty one."""
    try:
        return kind.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise NotUnderstood(sentence(error)) from None


def sentence(error: ValidationError) -> str:
    """The first thing that is wrong, without what was sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "What was sent is no JSON that the portal reads."
    where = ".".join(str(part)[:60] for part in first["loc"][:8])
    return f"What was sent is not understood: {where + ': ' if where else ''}{first['msg'][:300]}."
