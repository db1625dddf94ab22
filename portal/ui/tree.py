"""A tree of the catalog: searchable, operable by keys, and as quick with thousands of tables as with ten.

`assets/src/catalog/tree.js` draws it inside the element that `tree` returns (only the rows in view), asks for what is
below a thing when it is opened (`portal.web.catalog`), and keeps what is open while pages change. Two ways of use:

- `href` given: a thing is a link to its page, `{href}/main/sales/orders`.
- without: choosing a thing (Enter, double click, its insert button) sends a `portal:pick` event up from the element,
  `event.detail = {path, kind, sql}` with the name as SQL writes it; and names may be dragged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from dash import html

from portal.databricks.catalog import Name
from portal.ui.attributes import data

TABLES = 3
COLUMNS = 4


def tree(
    tree_id: str,
    roots: Iterable[Name],
    *,
    label: str = "Catalog",
    href: str | None = None,
    current: tuple[str, ...] = (),
    depth: int = TABLES,
) -> html.Div:
    """`roots` are the catalogs; `current` is the path of the thing that the page shows; `depth` how far it opens."""
    items = [[one.name, one.kind, one.note, one.browse_only] for one in roots]
    return html.Div(
        id=tree_id,
        className="tree-box",
        disable_n_clicks=True,
        **data(
            tree=label,
            tree_roots=json.dumps(items, ensure_ascii=False),
            tree_current=json.dumps(current, ensure_ascii=False),
            tree_depth=str(depth),
            **({"tree_href": href} if href is not None else {}),
        ),
    )
