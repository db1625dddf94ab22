"""An AI/BI dashboard of the workspace: its definition, its SQL, its filters, and what its widgets show.

    definition.read(text)     what the file says, typed (`Board`)
    filters.applied(…)        what is chosen: by the address, the filters' own defaults, the datasets'
    queries.plan(…)           the statements that a page needs, each once (`Planned`), and what cannot run (`Refused`)
    queries.menu(…)           the statement for a filter's choices
    tiles.of(…)               a widget and its rows: what is to be drawn

Everything in a dashboard's file is a stranger's text, and its SQL runs with the viewer's rights: see `sql`. Nothing in
here asks anything of a network, or knows how a page is drawn.

Source of the format: some dozens of published dashboards, counted, and Databricks' documentation of AI/BI dashboards;
what follows from neither is said where it stands.
"""
