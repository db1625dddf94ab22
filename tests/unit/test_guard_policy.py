"""What the content security policy opens, and for whom."""

from __future__ import annotations

from portal.settings import Settings
from portal.web.guard import content_security_policy


def directives(**settings: object) -> dict[str, str]:
    policy = content_security_policy(Settings.model_construct(**settings), ())
    return {name: rest for name, _, rest in (one.partition(" ") for one in policy.split("; "))}


def test_frames_and_pictures_are_the_portals_own():
    found = directives()
    assert found["img-src"] == "'self' data: blob:"
    assert "frame-src" not in found  # default-src 'self'


def test_sources_are_opened_by_name():
    found = directives(frame_sources=("https://reports.example.com",), image_sources=("https://*.tiles.example.com",))
    assert found["frame-src"] == "'self' https://reports.example.com"
    assert found["img-src"] == "'self' data: blob: https://*.tiles.example.com"
    assert found["default-src"] == "'self'"
