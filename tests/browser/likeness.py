"""Whether a page looks as it did: pictures compared by blocks, whatever the fonts, the day and the numbers.

A picture is scaled down to a quarter. Of each block of 32 × 32 px (of the page; the next begins 16 px further) two
things are kept: its *ground*, the median colour, which text does not change, and its *ink*, how far its pixels lie from
the ground on average, which tells text, lines and marks from nothing. A block is *unlike* where no block of the other
picture within reach has the same ground and ink: reach is 16 px to the sides, where the frame of a page stands still,
and 32 px up and down at the top, more further below, where lines that wrap have pushed everything. This is asked both
ways, so that what is missing counts like what is new. Two pictures differ where more than a share of the blocks is
unlike (`Scene.most`).

How the shares were chosen, from some 150 pictures in each comparison (the seed's font is DejaVu Sans):

| against the baseline | share of blocks unlike |
|---|---|
| the same again | 0.1 % at most |
| five hours to three weeks later: other runs, other times | 1.8 % at most (home), dense scenes 2.0 % |
| another font in all text: DejaVu Serif | median 0.5 %, 1.9 % at most without code, 4.7 % with (queries on a phone) |
| Liberation Sans, a seventh narrower | median 0.9 %, 2.2 % at most; dense scenes 6.4 % |
| home without its smallest card, one line high | 3.0 % on a phone; 1.7 % at 1440, which passes |
| the page's side 48 px wider | 3.9 to 6.8 % |
| any other card missing | 3.7 to 32 % |
| a style sheet of the page lost | 20 to 98 %; the other theme: 100 % |

What it cannot see: a missing heading (1 %), icon (1 %) or button, and other words; tests in words are for these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]
Look = tuple[int, str]
"""Width of the window in px, and theme."""

SIZES = {1440: 1000, 768: 1100, 390: 1400}
"""Heights of the window by width, px: a phone's is made long, so that more of the page is on it."""
THEMES = ("light", "dark")
LOOKS: tuple[Look, ...] = tuple((width, theme) for width in SIZES for theme in THEMES)

SCALE = 4
BLOCK = 8
STEP = 4
"""Blocks are `BLOCK` pixels of the scaled picture wide and high, `STEP` apart."""
ASIDE = 1
ALONG = 2
ALONG_EACH = 12
"""Reach in steps: to the sides; up and down, and one more for so many rows of blocks above."""
GROUND = 5.0
INK = 12.0
"""What counts as the same, of 255. The light theme's card is 9 from its page, the dark one's 8."""


def shrink(png: bytes) -> Image.Image:
    """A screenshot at a quarter of its size, RGB."""
    return Image.open(BytesIO(png)).convert("RGB").reduce(SCALE)


def unlike(one: Image.Image, other: Image.Image) -> Booleans:
    """Which blocks differ, as rows of blocks; all of them where the sizes do."""
    first, second = _blocks(one), _blocks(other)
    if first[1].shape != second[1].shape:
        return np.ones_like(first[1], dtype=bool)
    return ~(_found(first, second) & _found(second, first))


def _blocks(picture: Image.Image) -> tuple[Floats, Floats]:
    """Ground (rows, columns, 3) and ink (rows, columns) of each block, 0 to 255."""
    pixels = np.asarray(picture, dtype=np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (BLOCK, BLOCK), axis=(0, 1))[::STEP, ::STEP]
    flat = windows.reshape(*windows.shape[:3], -1)
    ground = np.median(flat, axis=-1)
    return ground, np.abs(flat - ground[..., None]).mean(axis=(2, 3))


def _found(these: tuple[Floats, Floats], those: tuple[Floats, Floats]) -> Booleans:
    """Whether each block has its like among `those` within reach."""
    (ground, ink), (rows, columns) = these, these[1].shape
    reach = ALONG + np.arange(rows)[:, None] // ALONG_EACH
    along = int(reach.max())
    grounds = np.pad(those[0], ((along, along), (ASIDE, ASIDE), (0, 0)), mode="edge")
    inks = np.pad(those[1], ((along, along), (ASIDE, ASIDE)), mode="edge")
    found = np.zeros((rows, columns), dtype=bool)
    for y in range(2 * along + 1):
        for x in range(2 * ASIDE + 1):
            place = np.s_[y : y + rows, x : x + columns]
            same = (np.abs(ground - grounds[place]).mean(axis=-1) <= GROUND) & (np.abs(ink - inks[place]) <= INK)
            found |= same & (abs(y - along) <= reach)
    return found


@dataclass(frozen=True)
class Sheet:
    """The pictures of one scene in one small file: a column for each width, light above dark."""

    path: Path

    def write(self, pictures: Mapping[Look, Image.Image]) -> None:
        places = _places()
        whole = Image.new("RGB", (max(box[2] for box in places.values()), max(box[3] for box in places.values())))
        for look, picture in pictures.items():
            whole.paste(picture, places[look][:2])
        # Lossy, the dark bars of charts would be other colours.
        whole.save(self.path, lossless=True, quality=100, method=6)

    def read(self) -> dict[Look, Image.Image]:
        """FileNotFoundError where nobody has looked at this scene yet."""
        with Image.open(self.path) as whole:
            return {look: whole.convert("RGB").crop(box) for look, box in _places().items()}


def _places() -> dict[Look, tuple[int, int, int, int]]:
    places, left, half = {}, 0, -(-max(SIZES.values()) // SCALE)
    for width, height in SIZES.items():
        wide, high = -(-width // SCALE), -(-height // SCALE)
        for row, theme in enumerate(THEMES):
            places[width, theme] = (left, row * half, left + wide, row * half + high)
        left += wide
    return places


def keep(folder: Path, name: str, actual: Image.Image, expected: Image.Image) -> None:
    """For a person: what was seen, what was expected, and what is unlike in red."""
    where = unlike(actual, expected)
    marked = actual.copy()
    red = Image.new("RGB", marked.size, (230, 0, 40))
    mask = Image.fromarray((where * 150).astype(np.uint8)).resize(marked.size, Image.Resampling.NEAREST)
    marked.paste(red, mask=mask)
    folder.mkdir(parents=True, exist_ok=True)
    for kind, picture in (("actual", actual), ("expected", expected), ("difference", marked)):
        picture.save(folder / f"{name}-{kind}.png")
