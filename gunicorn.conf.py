"""gunicorn, for everyone who runs `gunicorn wsgi:server`: each number has its reason in `portal/gunicorn.py`."""

import sys
from pathlib import Path

# gunicorn puts the project's folder there only when it has read this.
sys.path.insert(0, str(Path(__file__).parent.absolute()))
from portal.gunicorn import *  # noqa: F403

del sys.path[0]
