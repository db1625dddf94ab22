"""The gRPC gateway before Spark: `python gateway.py WORKSPACE CA_BUNDLE SPARK_PORT`, in Spark's own environment.

Prints the port that it took. A call's bearer and cluster go to the workspace (`door.py`), whose answer is the user that
Spark is told: as the user of the session (one viewer's sessions are closed to all others) and as `current_user()`
(`Viewers.scala`). What the client says of itself is not believed.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import grpc
from pyspark.sql.connect.proto import base_pb2

SERVICE = "spark.connect.SparkConnectService"
LARGEST = 128 * 1024 * 1024
CALLS = 64
CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""Of what the workspace refused with; `INVALID_STATE` is FAILED_PRECONDITION."""


class Refused(Exception):
    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class Workspace:
    """Asks whose call this is, on a connection a thread."""

    def __init__(self, address: str, ca_bundle: str) -> None:
        self._host = urlsplit(address)
        self._tls = ssl.create_default_context(cafile=ca_bundle)
        self._mine = threading.local()

    def user(self, path: str, metadata: dict[str, str]) -> str:
        """The user name, or Refused."""
        names = ("authorization", "x-databricks-cluster-id", "user-agent")
        headers = {name: metadata[name] for name in names if name in metadata}
        status, body = self._asked(path, headers)
        if status == 200:
            return str(json.loads(body)["user"])
        try:
            said = json.loads(body)
            word, text = said["error_code"], f"{said['error_code']}: {said['message']}"
        except (ValueError, KeyError):
            word, text = "", f"HTTP {status}"
        # Without a known token the workspace's own gateway says 403, and gRPC's says UNAUTHENTICATED.
        if word in ("401", "403"):
            raise Refused(grpc.StatusCode.UNAUTHENTICATED, text)
        if word == "INVALID_STATE":
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
        raise Refused(CODES.get(status, grpc.StatusCode.INTERNAL), text)

    def _asked(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        for last in (False, True):
            line: http.client.HTTPSConnection | None = getattr(self._mine, "line", None)
            if line is None:
                line = http.client.HTTPSConnection(str(self._host.hostname), self._host.port, context=self._tls)
                self._mine.line = line
            try:
                line.request("POST", path, body=b"{}", headers={**headers, "content-type": "application/json"})
                answer = line.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException) as error:
                line.close()
                self._mine.line = None
                if last:
                    raise Refused(grpc.StatusCode.UNAVAILABLE, f"the workspace does not answer: {error}") from None
        raise AssertionError("unreachable")


class Gateway(grpc.GenericRpcHandler):
    """Every method of the service, passed on once it is known who calls."""

    def __init__(self, workspace: Workspace, spark: grpc.Channel) -> None:
        self._workspace, self._spark = workspace, spark
        self._methods = {one.name: one for one in base_pb2.DESCRIPTOR.services_by_name["SparkConnectService"].methods}

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        _, _, name = details.method.rpartition("/")
        method = self._methods.get(name)
        if method is None or not details.method.startswith(f"/{SERVICE}/"):
            return None
        kind = getattr(base_pb2, method.input_type.name)
        many_in, many_out = method.client_streaming, method.server_streaming
        makers = {
            (False, False): (self._spark.unary_unary, grpc.unary_unary_rpc_method_handler),
            (False, True): (self._spark.unary_stream, grpc.unary_stream_rpc_method_handler),
            (True, False): (self._spark.stream_unary, grpc.stream_unary_rpc_method_handler),
        }
        call_of, handler_of = makers[many_in, many_out]
        onward = call_of(details.method)  # bytes in, bytes out
        answer = self._stream if many_out else self._single

        def handle(asked: Any, context: grpc.ServicerContext) -> Any:
            try:
                user = self._workspace.user(details.method, dict(context.invocation_metadata()))
            except Refused as refused:
                context.abort(refused.code, refused.text)

            def named(message: bytes) -> bytes:
                request = kind.FromString(message)  # what this version does not know of it stays in it
                request.user_context.user_id = request.user_context.user_name = user
                return bytes(request.SerializeToString())

            whole = map(named, asked) if many_in else named(asked)
            return answer(onward, whole, user, context)

        return handler_of(handle if not many_out else _generator(handle))

    def _single(self, onward: Any, asked: Any, user: str, context: grpc.ServicerContext) -> bytes:
        try:
            found, call = onward.with_call(asked, metadata=_headers(user), timeout=_left(context))
        except grpc.RpcError as error:
            _fail(error, context)
        context.set_trailing_metadata(call.trailing_metadata())
        return bytes(found)

    def _stream(
        self, onward: Callable[..., Any], asked: Any, user: str, context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        call = onward(asked, metadata=_headers(user), timeout=_left(context))
        context.add_callback(call.cancel)
        try:
            yield from call
        except grpc.RpcError as error:
            _fail(error, context)
        context.set_trailing_metadata(call.trailing_metadata())


def _generator(handle: Callable[[Any, grpc.ServicerContext], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
    def stream(asked: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        yield from handle(asked, context)

    return stream


def _left(context: grpc.ServicerContext) -> float | None:
    """Seconds that the client gives it; where it says none, gRPC says centuries."""
    left = context.time_remaining()
    return left if left is not None and left < 86_400 else None


def _headers(user: str) -> list[tuple[str, str]]:
    return [("x-sandbox-user", user)]


def _fail(error: grpc.RpcError, context: grpc.ServicerContext) -> None:
    # The trailers hold the error's class and its id (grpc-status-details-bin).
    context.set_trailing_metadata(error.trailing_metadata() or ())
    context.abort(error.code(), error.details())


def main() -> None:
    address, ca_bundle, spark_port = sys.argv[1:]
    options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
    quick = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]
    spark = grpc.insecure_channel(f"127.0.0.1:{spark_port}", options=options + quick)
    server = grpc.server(ThreadPoolExecutor(CALLS), options=options)
    server.add_generic_rpc_handlers((Gateway(Workspace(address, ca_bundle), spark),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # Ends with the one who started it, whose end closes this.
    sys.stdin.read()
    server.stop(0.5)


if __name__ == "__main__":
    main()
