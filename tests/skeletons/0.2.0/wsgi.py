"""`server` for gunicorn, `app` for Connect."""

from portal.wsgi import app, server  # noqa: F401
