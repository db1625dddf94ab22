"""`python -m portal dev`: save a page, see it."""
