"""`server` for gunicorn, `app` for Connect: what a project's `wsgi.py` imports."""

import sys

import portal.patches.start  # noqa: F401  (first of all)

# isort: split
from portal.app import create_app
from portal.assets import BuildError
from portal.settings import SettingsError, settings

try:
    app = create_app(settings())
except (SettingsError, BuildError) as error:
    print(error, file=sys.stderr)
    # The status by which gunicorn knows a worker that cannot boot: it ends instead of starting another.
    sys.exit(3)

server = app.server
