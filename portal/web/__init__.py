"""Flask, not Dash: what surrounds every request."""
