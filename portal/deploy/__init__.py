"""From a clone to a running portal in Posit Connect: `python -m portal deploy`."""
