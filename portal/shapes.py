"""Shapes of what comes from outside, by name."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
"""A JSON object as a service answered it, a file held it, or a browser sent it. Nothing says what is in it: whoever
takes a member out looks at what it is."""
Plotly = dict[str, Any]
"""A part of a figure as plotly.js takes it: a trace, an axis, a layout."""
