"""What a Thrift request carries besides the statement: forms of result, typed parameters, query tags."""

from __future__ import annotations

import re
from collections.abc import Iterable

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql.arrow import Native
from portal.sandbox.sql.parameters import Parameter, parameter
from portal.sandbox.thrift.packing import Wanted


def wanted(request: ttypes.TExecuteStatementReq) -> Wanted:
    types = request.useArrowNativeTypes
    native = Native(
        timestamps=bool(types and types.timestampAsArrow),
        decimals=bool(types and types.decimalAsArrow),
        complex=bool(types and types.complexTypesAsArrow),
        nulls=bool(types and types.nullTypeAsArrow),
    )
    return Wanted(
        native,
        lz4=bool(request.canDecompressLZ4Result),
        links=bool(request.canDownloadResult),
        arrow=bool(request.canReadArrowResult),
    )


def parameters(given: Iterable[ttypes.TSparkParameter]) -> list[Parameter]:
    """Named ones carry a name; ordinal ones count in their order."""
    return [
        parameter(
            item.name or None,
            item.type,
            _value(item.value),
            [_member(member) for member in item.arguments] if item.arguments is not None else None,
        )
        for item in given
    ]


def _value(value: ttypes.TSparkParameterValue | None) -> str | None:
    if value is None:
        return None
    if value.stringValue is not None:
        return str(value.stringValue)
    if value.doubleValue is not None:
        return repr(value.doubleValue)
    return None if value.booleanValue is None else str(value.booleanValue).lower()


def _member(item: ttypes.TSparkParameterValueArg) -> Parameter:
    members = [_member(member) for member in item.arguments] if item.arguments is not None else None
    return parameter(None, item.type, item.value, members)


def tags(overlay: dict[str, str] | None, session: str | None) -> dict[str, str]:
    """`key:value,key2` of the statement's `query_tags`, over the session's; a backslash escapes `:` and `,`."""
    found: dict[str, str] = {}
    for text in (session, (overlay or {}).get("query_tags")):
        for part in re.findall(r"(?:\\.|[^,\\])+", text or ""):
            key, _, value = part.partition(":")
            found[_unescaped(key.strip())] = _unescaped(value)
    return found


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
