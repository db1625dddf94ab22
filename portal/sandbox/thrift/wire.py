"""Thrift's binary protocol over HTTP: a request to a method's name and arguments, an answer to bytes.

The generated `Processor` is not used: it calls its handler synchronously and turns what a handler raises into an opaque
"Internal error".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol import TBinaryProtocol
from thrift.Thrift import TApplicationException, TMessageType
from thrift.transport import TTransport

_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Call:
    method: str
    sequence: int
    request: Any
    """The method's request, or None for a method that the service has not."""


class Malformed(Exception):
    """The body is no Thrift message."""


def read(body: bytes) -> Call:
    transport = TTransport.TMemoryBuffer(body)
    protocol = TBinaryProtocol.TBinaryProtocolAccelerated(
        transport, string_length_limit=_LIMIT, container_length_limit=_LIMIT
    )
    try:
        name, _, sequence = protocol.readMessageBegin()
        arguments_type = getattr(TCLIService, f"{name}_args", None)
        if arguments_type is None:
            return Call(name, sequence, None)
        arguments = arguments_type()
        arguments.read(protocol)
        protocol.readMessageEnd()
    except Exception as error:
        raise Malformed(str(error)) from error
    return Call(name, sequence, arguments.req)


def answer(call: Call, response: Any) -> bytes:
    """A reply with the method's response struct."""
    result = getattr(TCLIService, f"{call.method}_result")(success=response)
    return _write(call.method, TMessageType.REPLY, call.sequence, result)


def unknown(call: Call) -> bytes:
    error = TApplicationException(TApplicationException.UNKNOWN_METHOD, f"Unknown function {call.method}")
    return _write(call.method, TMessageType.EXCEPTION, call.sequence, error)


def _write(name: str, kind: int, sequence: int, struct: Any) -> bytes:
    transport = TTransport.TMemoryBuffer()
    protocol = TBinaryProtocol.TBinaryProtocolAccelerated(transport)
    protocol.writeMessageBegin(name, kind, sequence)
    struct.write(protocol)
    protocol.writeMessageEnd()
    value: bytes = transport.getvalue()
    return value
