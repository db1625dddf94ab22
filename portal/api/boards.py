"""A dashboard of the workspace inside a page of a team's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html


def dashboard(
    dashboard_id: str, *, page: str = "", filters: Mapping[str, str | Sequence[str]] | None = None
) -> html.Div:
    """One page of a dashboard of the workspace, for a page of a team's own: one in a page.

    `filters` are values by `<page name>.<widget name>`: a text, several, or `from~to` (docs/dashboards.md). Raises the
    state to show where the viewer may not see it: draw it in a region whose callback is `states.guarded`.
    """
    from portal.dashboards.drawn import embedded  # with all that a dashboard is read and drawn by

    return embedded(dashboard_id, page=page, filters=filters)
