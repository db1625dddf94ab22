"""One definition of a chart, for a query, a saved query and a dashboard's tile: what it shows (`model`), how it is kept
(`document`), what it is computed from (`groups`), how it is drawn (`draw`, `pivot`, `formats`).

No network, and no Dash.
"""
