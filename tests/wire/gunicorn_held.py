"""gunicorn's configuration for `test_ends`: the portal's own, and a door by which the test asks what a worker holds.

One line of JSON in, one out, on the socket that HELD_SOCKET names: `{"bearers": true}` for the Databricks credentials
that the worker has, or `{"needles": [...]}` for every live object whose parts hold one of those texts.
"""

import gc
import json
import os
import socket
import sys
import threading
from pathlib import Path

exec(Path("gunicorn.conf.py").read_text(encoding="utf-8"))  # the file that gunicorn itself would read


def _texts(thing, depth=0):
    """The texts among an object's parts, down into containers that the collector does not track for being plain."""
    kind = type(thing)
    if kind in (str, bytes, bytearray):
        yield thing
    elif depth < 4 and kind in (dict, tuple, list, set, frozenset) and (depth == 0 or not gc.is_tracked(thing)):
        parts = [*thing.keys(), *thing.values()] if kind is dict else list(thing)
        for part in parts:
            yield from _texts(part, depth + 1)
    elif depth == 0:
        for part in gc.get_referents(thing):
            yield from _texts(part, depth + 1)


def _frames():
    for frame in sys._current_frames().values():
        while frame is not None:
            if frame.f_code.co_filename != __file__:
                yield f"frame {frame.f_code.co_qualname}", list(frame.f_locals.values())
            frame = frame.f_back


def _held(needles):
    wanted = [(needle, needle.encode()) for needle in needles]

    def has(text):
        return any((one if isinstance(text, str) else raw) in text for one, raw in wanted)

    gc.unfreeze()
    ours = {id(needles), id(wanted), *map(id, wanted)}
    found = []
    for thing in gc.get_objects():
        if id(thing) in ours or type(thing).__name__ in {"frame", "cell", "generator"}:
            continue
        if any(has(text) for text in _texts(thing)):
            if type(thing) is dict and thing.get("needles") is not None:
                continue
            about = [type(owner).__qualname__ for owner in gc.get_referrers(thing) if owner is not needles][:4]
            found.append(f"{type(thing).__qualname__} {list(thing)[:3] if type(thing) is dict else ''} of {about}")
    for name, values in _frames():
        if any(has(text) for value in values for text in _texts(value)):
            found.append(name)
    return found


def _answer(asked):
    if asked.get("bearers"):
        return sorted({one.access_token for one in gc.get_objects() if type(one).__name__ == "Credential"})
    return _held(asked["needles"])


def _serve(door):
    while True:
        connection, _ = door.accept()
        with connection:
            connection.sendall(json.dumps(_answer(json.loads(connection.recv(1_000_000)))).encode() + b"\n")


def post_worker_init(worker):
    door = socket.socket(socket.AF_UNIX)
    door.bind(f"{os.environ['HELD_SOCKET']}.{worker.pid}")
    door.listen()
    threading.Thread(target=_serve, args=(door,), daemon=True).start()
