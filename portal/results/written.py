"""The one writer of values: text of every type, from Arrow, for grid, cell, profile, chart, CSV and Excel.

No value becomes a Python object on the way. Python has no year 10000, no struct with two fields of one name, and writes
a decimal zero as `0E-18`: one such value would take a whole result with it.
"""

from __future__ import annotations

import base64
import json

import pyarrow as pa
import pyarrow.compute as pc

from portal.shapes import Json

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND


def written(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column's values as text, NULL where they are: exact, as SQL writes them; nested values as JSON.

    Times are in UTC, which a header says once; a fraction of seconds is there where it is not zero.

    >>> written(pa.array([2932897, -719162], pa.int32()).cast(pa.date32())).to_pylist()
    ['10000-01-01', '0001-01-01']
    >>> written(pa.array([float("inf"), 0.1, 5.0])).to_pylist()
    ['Infinity', '0.1', '5']
    """
    array = _one(column)
    kind = array.type
    if pa.types.is_string(kind):
        return array
    if pa.types.is_decimal(kind):
        return _decimals(array)
    if pa.types.is_floating(kind):
        return _floats(array)
    if pa.types.is_timestamp(kind):
        naive = array.cast(pa.int64()).cast(pa.timestamp(kind.unit)) if kind.tz else array
        return pc.replace_substring_regex(naive.cast(pa.string()), r"\.0+$", "")
    if pa.types.is_time(kind):
        return pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
    if pa.types.is_duration(kind):
        return _durations(array)
    if _is_bytes(kind):
        # Arrow has no base64.
        found = [None if one is None else base64.b64encode(one).decode("ascii") for one in array.to_pylist()]
        return pa.array(found, pa.string())
    if pa.types.is_nested(kind):
        return _json(array)
    if pa.types.is_null(kind):
        return pa.nulls(len(array), pa.string())
    try:
        return array.cast(pa.string())
    except pa.ArrowException:
        return pa.array([None if one is None else str(one) for one in array.to_pylist()], pa.string())


def scalar(value: pa.Scalar) -> str | None:
    """One value of Arrow's."""
    text: str | None = written(pa.repeat(value, 1))[0].as_py() if value.is_valid else None
    return text


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _one(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # of a type that is never one array
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column


def _decimals(array: pa.Array) -> pa.Array:
    """Digits with the point where the scale has it: Arrow's own text has exponents."""
    kind = array.type
    if kind.scale <= 0:
        text = array.cast(pa.string())
        return text if not kind.scale else _through_python(array)
    whole = type_of(kind, 0)
    digits = pa.Array.from_buffers(whole, len(array), array.buffers(), offset=array.offset).cast(pa.string())
    below = pc.starts_with(digits, "-")
    digits = pc.utf8_lpad(pc.utf8_ltrim(digits, "-"), kind.scale + 1, "0")
    parts = pc.utf8_slice_codeunits(digits, 0, -kind.scale), pc.utf8_slice_codeunits(digits, -kind.scale)
    return pc.binary_join_element_wise(pc.if_else(below, "-", ""), parts[0], _text("."), parts[1], _text(""))


def type_of(kind: pa.DataType, scale: int) -> pa.DataType:
    """A decimal's type with another scale."""
    make = {16: pa.decimal128, 32: pa.decimal256}.get(kind.byte_width)
    if make is None:
        make = {4: pa.decimal32, 8: pa.decimal64}[kind.byte_width]
    return make(kind.precision, scale)


def _through_python(array: pa.Array) -> pa.Array:
    return pa.array([None if one is None else format(one, "f") for one in array.to_pylist()], pa.string())


def _floats(array: pa.Array) -> pa.Array:
    """The shortest text that reads back the same, whole numbers without a fraction."""
    text = array.cast(pa.string())
    finite = pc.is_finite(array)
    if pc.all(finite, min_count=0).as_py():
        return text
    for ours, theirs in (("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf")):
        text = pc.if_else(pc.equal(text, theirs), ours, text)
    return text


def _durations(array: pa.Array) -> pa.Array:
    """`D HH:MM:SS` with its fraction, as Spark writes a day-time interval."""
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[array.type.unit]
    ticks = array.cast(pa.int64())
    sign = pc.if_else(pc.less(ticks, 0), "-", "")
    ticks = pc.abs(ticks)
    seconds = pc.divide(ticks, per)
    parts = [pc.divide(seconds, 86_400)]
    for unit, most in ((3_600, 24), (60, 60), (1, 60)):
        whole = pc.divide(seconds, unit)
        parts.append(pc.subtract(whole, pc.multiply(pc.divide(whole, most), most)))
    rest = pc.subtract(ticks, pc.multiply(seconds, per))
    texts = [part.cast(pa.string()) for part in parts]
    clock = pc.binary_join_element_wise(*(pc.utf8_lpad(one, 2, "0") for one in texts[1:]), _text(":"))
    whole = pc.binary_join_element_wise(sign, texts[0], _text(" "), clock, _text(""))
    if per == 1:
        return whole
    fraction = pc.utf8_lpad(rest.cast(pa.string()), len(str(per)) - 1, "0")
    exact = pc.binary_join_element_wise(whole, _text("."), fraction, _text(""))
    return pc.if_else(pc.equal(rest, 0), whole, exact)


# Nested values, as JSON


def _json(array: pa.Array) -> pa.Array:
    """JSON of every value, NULL where there is none. An empty MAP is `{}`; two fields of one name are two members."""
    kind = array.type
    if pa.types.is_struct(kind):
        if not kind.num_fields:
            return _where(array, _text("{}"))
        names = [json.dumps(kind.field(at).name, ensure_ascii=False) for at in range(kind.num_fields)]
        children = [_member(_child(array, at)) for at in range(kind.num_fields)]
        members = [
            pc.binary_join_element_wise(_text(name), child, _text(": "))
            for name, child in zip(names, children, strict=True)
        ]
        inside = pc.binary_join_element_wise(*members, _text(", ")) if len(members) > 1 else members[0]
        return _where(array, pc.binary_join_element_wise(_text("{"), inside, _text("}"), _text("")))
    if pa.types.is_map(kind):
        keys, items = _flat(array, "keys"), _flat(array, "items")
        entries = pc.binary_join_element_wise(_quoted(_key(keys)), _member(items), _text(": "))
        return _bracketed(array, entries, "{", "}")
    return _bracketed(array, _member(array.flatten()), "[", "]")


def _member(array: pa.Array) -> pa.Array:
    """Values inside of JSON: numbers and booleans bare, the rest in quotes, NULL as `null`."""
    kind = array.type
    text = written(array)
    if pa.types.is_floating(kind):
        text = pc.if_else(pc.match_substring_regex(text, r"^-?\d+$"), pc.binary_join_element_wise(text, ".0", ""), text)
        text = pc.if_else(pc.is_finite(array), text, _quoted(text))
    elif not (pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_nested(kind)):
        text = _quoted(text)
    return pc.fill_null(text, "null")


def _key(array: pa.Array) -> pa.Array:
    return pc.fill_null(written(array), "null")


def _quoted(text: pa.Array) -> pa.Array:
    """Texts as JSON has them."""
    for sign, name in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = pc.replace_substring(text, sign, name)
    odd = pc.match_substring_regex(text, r"[\x00-\x1f]")
    if pc.any(odd, min_count=0).as_py():
        text = pa.array([None if one is None else _without_controls(one) for one in text.to_pylist()], pa.string())
    return pc.binary_join_element_wise(_text('"'), text, _text('"'), _text(""))


def _without_controls(text: str) -> str:
    return "".join(one if one >= " " else f"\\u{ord(one):04x}" for one in text)


def _bracketed(array: pa.Array, entries: pa.Array, start: str, end: str) -> pa.Array:
    """A list's or map's entries, joined within brackets."""
    lengths = [one or 0 for one in _lengths(array)]
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), entries)
    joined = pc.binary_join(lists, ", ")
    return _where(array, pc.binary_join_element_wise(_text(start), joined, _text(end), _text("")))


def _lengths(array: pa.Array) -> list[int | None]:
    kind = array.type
    if pa.types.is_map(kind):
        as_list = pa.ListArray.from_arrays(array.offsets, pa.nulls(len(array.keys))) if len(array) else None
        found = pc.list_value_length(as_list).to_pylist() if as_list is not None else []
    else:
        found = pc.list_value_length(array).to_pylist()
    valid = array.is_valid().to_pylist()
    return [length if known else None for length, known in zip(found, valid, strict=True)]


def _flat(array: pa.Array, part: str) -> pa.Array:
    """The keys or items of a map's entries, of those that this slice has."""
    whole = getattr(array, part)
    if not len(array):
        return whole.slice(0, 0)
    offsets = array.offsets
    valid = array.is_valid().to_pylist()
    starts = offsets.to_pylist()
    if all(valid):
        return whole.slice(starts[0], starts[-1] - starts[0])
    places = [at for n, known in enumerate(valid) if known for at in range(starts[n], starts[n + 1])]
    return whole.take(pa.array(places, pa.int64()))


def _child(array: pa.StructArray, at: int) -> pa.Array:
    """A struct's field by number, of this slice."""
    return array.field(at)


def _where(array: pa.Array, text: pa.Scalar) -> pa.Array:
    found = pc.if_else(array.is_valid(), text, pa.scalar(None, pa.string()))
    return found if isinstance(found, pa.Array) else found.combine_chunks()


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.string())


# As a tree, for one who opens a cell


def trees(array: pa.Array) -> list[Json]:
    """Values for a tree view: objects and lists as they are, every leaf `[text or None, kind]`."""
    kind = array.type
    if pa.types.is_struct(kind):
        fields = [(kind.field(at).name, trees(_child(array, at))) for at in range(kind.num_fields)]
        valid = array.is_valid().to_pylist()
        return [
            {"object": [[name, found[at]] for name, found in fields]} if known else _leaf(None, "null")
            for at, known in enumerate(valid)
        ]
    if pa.types.is_nested(kind):
        return _lists(array)
    word = "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else "value"
    return [_leaf(one, "null" if one is None else word) for one in written(array).to_pylist()]


def _leaf(text: str | None, kind: str) -> Json:
    return {"leaf": text, "kind": kind}


def _lists(array: pa.Array) -> list[Json]:
    is_map = pa.types.is_map(array.type)
    keys = _key(_flat(array, "keys")).to_pylist() if is_map else []
    inside = trees(_flat(array, "items") if is_map else array.flatten())
    found: list[Json] = []
    at = 0
    for length in _lengths(array):
        if length is None:
            found.append(_leaf(None, "null"))
            continue
        part = inside[at : at + length]
        if is_map:
            found.append({"object": [list(pair) for pair in zip(keys[at : at + length], part, strict=True)]})
        else:
            found.append({"list": part})
        at += length
    return found
