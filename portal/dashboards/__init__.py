"""A viewer's look at a dashboard: opened as them, its statements run and kept for them, what its tiles show.

opened.opened(id)       the draft, what is published, the warehouse that it runs on, and what the viewer lacks
running.Look            the statements of a page: submitted, followed, kept
answers                 a widget and its rows, as the browser is told
routes, requests        plain requests of `assets/src/dashboards/`, and what answers them
additions               a query's chart added to a dashboard, and the dashboard published
"""
