"""What the tests of pages start: the sandbox, and the portal of the project as Connect runs it.

`pytest_plugins = ["portal.testing.plugin"]` in a project's `conftest.py` gives the fixtures `sandbox` and `portal`. The
package comes with the extras: `portal[sandbox,test]`.
"""

from portal.testing.portal import Portal, connect_variables, start_portal
from portal.testing.sandbox import Call, SandboxClient, start_sandbox

__all__ = ["Call", "Portal", "SandboxClient", "connect_variables", "start_portal", "start_sandbox"]
