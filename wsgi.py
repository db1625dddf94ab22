"""`server` for gunicorn, `app` for Connect."""

import sys

from portal.app import create_app
from portal.settings import SettingsError, settings

try:
    app = create_app(settings())
except SettingsError as error:
    sys.exit(str(error))

server = app.server
