"""What a team's settings may hold: colours that can be read, pictures that only draw, names that mean something."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal import own_values
from portal.contrast import ENOUGH, nearest, ratio

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.mark.parametrize("accent", ["#7a1f5c", "#0b6b5d", "#2b59c9", "#000000", "#8f4b00"])
def test_of_an_accent_alone_both_themes_follow_and_can_be_read(accent: str):
    found = own_values.colours(f"accent: {accent}")
    for theme, surface in (("", own_values.LIGHT), ("-dark", own_values.DARK)):
        assert ratio(found[f"accent{theme}"], surface) >= ENOUGH
        assert ratio(found[f"accent-ink{theme}"], found[f"accent{theme}"]) >= ENOUGH
        assert ratio(found[f"accent-ink{theme}"], found[f"accent-hover{theme}"]) >= ENOUGH
        assert ratio(found[f"accent{theme}"], found[f"accent-soft{theme}"]) >= ENOUGH


def test_a_table_and_a_text_say_the_same():
    table = own_values.colours({"accent": "#7A1F5C", "dark": {"accent": "#e0a3cb"}})
    assert table == own_values.colours("accent: #7a1f5c; accent-dark: #e0a3cb")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("accent: #ffcc00", "#8f7200 would do"),
        ("accent-dark: #333333", "accent-dark #333333 on surface-dark"),
        ("ink: #999999", "ink #999999 on surface"),
        ("surface: #333333", "ink #19212b on surface #333333"),
        ("acent: #000000", "is accent meant"),
        ("accent: red", "six hexadecimal digits"),
        ("accent: #fff", "six hexadecimal digits"),
        ("accent: #000000}body{display:none", "should not name"),
        ("accent: #000000}x", "six hexadecimal digits"),
    ],
)
def test_colours_that_cannot_be_read_or_are_none_are_told(given: str, says: str):
    with pytest.raises(ValueError, match=says):
        own_values.colours(given)


def test_the_nearest_shade_can_be_read():
    for colour in ("#ffcc00", "#ff0000", "#77aaff", "#ffffff", "#000000"):
        for ground in ("#ffffff", "#161b22", "#808080"):
            best = max(ratio("#000000", ground), ratio("#ffffff", ground))
            assert ratio(nearest(colour, ground), ground) >= min(ENOUGH, best)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<SCRIPT xlink:href='https://example.com/a.js'/>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'/></foreignObject>",
        "<path onload='alert(1)' d='M0 0'/>",
        "<image href='https://example.com/a.png'/>",
        "<use xlink:href='https://example.com/a.svg#x'/>",
        "<a href='javascript:alert(1)'><path d='M0 0'/></a>",
        "<style>@import url(https://example.com)</style>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<path style='fill:url(https://example.com/x)' d='M0 0'/>",
        "<path",
    ],
)
def test_an_svg_that_does_more_than_draw_is_refused(tmp_path: Path, inside: str):
    file = tmp_path / "logo.svg"
    file.write_text(SVG.format(inside))
    with pytest.raises(ValueError, match="only draws"):
        own_values.check_picture(file)


def test_entities_are_refused_and_plain_drawings_are_taken(tmp_path: Path):
    file = tmp_path / "logo.svg"
    file.write_text('<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG.format("<text>&a;</text>"))
    with pytest.raises(ValueError, match="DOCTYPE"):
        own_values.check_picture(file)
    file.write_text(
        SVG.format(
            "<defs><linearGradient id='a'><stop offset='0'/></linearGradient></defs>"
            "<path fill='url(#a)' d='M0 0h9v9z'/><use href='#a'/>"
        )
    )
    own_values.check_picture(file)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("logo.png", b"not a picture", "and logo.png is none"),
        ("logo.exe", b"MZ", "is none"),
        ("logo.png", b"\x89PNG\r\n\x1a\n" + b"0" * own_values.LARGEST, "at most 512 KB"),
    ],
)
def test_what_is_no_picture_is_told(tmp_path: Path, name: str, content: bytes, says: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=says):
        own_values.check_picture(tmp_path / name)


@pytest.mark.parametrize("given", ["fares", "fares:", ": finance", {"fares": []}, {"fares": [1]}])
def test_a_page_without_a_group_is_no_limit_and_is_told(given: object):
    with pytest.raises(ValueError, match="should"):
        own_values.groups(given)
