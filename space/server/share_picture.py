"""The picture of a view for previews of links: its title and description on a card, as PNG."""

from __future__ import annotations

import io
import textwrap
from functools import lru_cache
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from counsel_leaderboard.space.views.heads import Head

SIZE: Final = (1200, 630)
MARGIN: Final = 80
INK, SOFT, PAPER, ACCENT = "#1c1917", "#57534e", "#faf9f7", "#0f766e"
# Size of the letters, how many fit into a line, and how many lines fit.
TITLE: Final = (60, 34, 3)
WORDS: Final = (34, 62, 5)
CACHED: Final = 64


@lru_cache(CACHED)
def png(head: Head) -> bytes:
    """The card of that head, 1200 by 630 pixels."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 24, SIZE[1]), fill=ACCENT)
    draw.text((MARGIN, 60), "Counsel", font=ImageFont.load_default(36), fill=ACCENT)
    below = _text(draw, head.title, 150, TITLE, INK)
    _text(draw, head.description, below + 30, WORDS, SOFT)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _text(draw: ImageDraw.ImageDraw, text: str, top: int, form: tuple[int, int, int], colour: str) -> int:
    """Write a text in lines; where it ends. Pillow's own font has the letters of western Europe alone."""
    size, columns, most = form
    lines = textwrap.wrap(text, columns, max_lines=most, placeholder=" …")
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * size * 5 // 4), line, font=ImageFont.load_default(size), fill=colour)
    return top + len(lines) * size * 5 // 4
