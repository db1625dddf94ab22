"""`server` for gunicorn, `app` for Connect."""

import sys

from portal.app import create_app
from portal.settings import SettingsError, settings

try:
    app = create_app(settings())
except SettingsError as error:
    print(error, file=sys.stderr)
    # The status by which gunicorn knows a worker that cannot boot: it ends instead of starting another.
    sys.exit(3)

server = app.server
