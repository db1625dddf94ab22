"""On PYTHONPATH of a measured portal: a name server that is dead while the file of DEAD_NAMES is there.

A look-up of the host then takes half a minute and fails, as the system's does without an answer.
"""

import os
import socket
import time

_file = os.environ.get("DEAD_NAMES", "")
_real = socket.getaddrinfo


def _getaddrinfo(host, *args, **kwargs):  # type: ignore[no-untyped-def]
    if host == "localhost" and _file and os.path.exists(_file):
        time.sleep(30)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    return _real(host, *args, **kwargs)


socket.getaddrinfo = _getaddrinfo
