"""Pages as a data team writes them, with what `portal.api` has for them: `tests/browser/test_team_pages.py`."""
