"""Who the viewer is to Databricks: SCIM Me."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.databricks import workspace
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk.service import iam


@dataclass(frozen=True)
class Me:
    """The viewer, as the workspace knows them."""

    id: str
    user_name: str
    display_name: str
    emails: tuple[str, ...]
    groups: tuple[str, ...]
    entitlements: tuple[str, ...]
    active: bool


def _of(user: iam.User) -> Me:
    emails = sorted(user.emails or [], key=lambda email: not email.primary)
    return Me(
        id=str(user.id),
        user_name=user.user_name or "",
        display_name=user.display_name or user.user_name or "",
        emails=tuple(email.value for email in emails if email.value),
        groups=tuple(sorted(group.display for group in user.groups or [] if group.display)),
        entitlements=tuple(sorted(item.value for item in user.entitlements or [] if item.value)),
        active=bool(user.active),
    )


@per_viewer(ttl=60, shared=True)
def me() -> Me:
    """The viewer: one call to SCIM Me, kept for a minute."""
    return _of(workspace.call(lambda client: client.current_user.me(), "your identity"))


def identify(access_token: str) -> str:
    """Whose bearer this is: the id that Databricks answers. What came with it is kept as the viewer's `me()`."""
    user = _of(workspace.call_with(access_token, lambda client: client.current_user.me(), "your identity"))
    me.learned(user.id, user)
    return user.id
