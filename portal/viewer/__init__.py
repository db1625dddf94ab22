"""Who is asking: the viewer of a request, their credential, what is kept for them, and what they meet instead."""

from portal.viewer.context import acting_as, current, current_or_none, request_id
from portal.viewer.credential import Credential, Viewer
from portal.viewer.per_viewer import per_viewer

__all__ = ["Credential", "Viewer", "acting_as", "current", "current_or_none", "per_viewer", "request_id"]
