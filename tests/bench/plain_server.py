"""The portal in one process of a plain threaded WSGI server, without a configuration of ours: `… plain_server PORT`."""

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 512


class Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    # A script's own folder comes first, and holds another `pages`.
    sys.path[0] = os.getcwd()
    from wsgi import server

    make_server("127.0.0.1", int(sys.argv[1]), server, Server, Handler).serve_forever()
