"""Shapes of the picture as SVG text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

CAPTION_CHARACTERS, CAPTION_LINES = 38, 2
STYLE = """
  text { font-family: system-ui, sans-serif; fill: #1f2933; }
  .title { font-size: 14px; font-weight: 600; }
  .name { font-size: 12px; font-weight: 600; text-anchor: middle; }
  .caption { font-size: 9.5px; fill: #52606d; text-anchor: middle; }
  .count { font-size: 12px; fill: #52606d; }
  .box { fill: #ffffff; stroke: #7b8794; }
  .arrow { fill: none; stroke: #52606d; stroke-width: 1.3; marker-end: url(#head); }
  .lane { fill: none; stroke: #334e68; stroke-width: 4; marker-end: url(#big); }
"""
FILLS = {"tasks": "#fdf3e1", "runners": "#e6f4ea", "space": "#f3eafa", "leaderboard": "#e6f0fa", "registry": "#f0f0ee"}


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Its centre from left to right."""
        return self.x + self.width / 2

    def drawn(self, name: str, about: str) -> str:
        """The box of a folder: its name, and below it what it holds, cut to what the box has room for."""
        lines = _caption(about)
        top = self.y + (self.height - 14 - 11 * len(lines)) / 2 + 11
        texts = [f'<text class="name" x="{self.middle:g}" y="{top:g}">{escape(name)}</text>']
        texts += [
            f'<text class="caption" x="{self.middle:g}" y="{top + 13 + 11 * number:g}">{escape(line)}</text>'
            for number, line in enumerate(lines)
        ]
        return "\n".join([_rectangle(self, 'class="box" rx="6"'), *texts])


def document(width: float, height: float, parts: Iterable[str]) -> str:
    """The whole file."""
    marker = (
        '<marker id="{}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{}" markerHeight="{}" orient="auto">'
        '<path d="M0 0 L10 5 L0 10 z" fill="{}"/></marker>'
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">',
        "<title>The packages, their folders, and what imports what</title>",
        f"<style>{STYLE}</style>",
        f"<defs>{marker.format('head', 8, 8, '#52606d')}{marker.format('big', 4, 4, '#334e68')}</defs>",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        *parts,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def panel(box: Box, title: str, package: str) -> str:
    """The rectangle around a package, with its title."""
    text = f'<text class="title" x="{box.x + 14:g}" y="{box.y + 21:g}">{escape(title)}</text>'
    return "\n".join([_rectangle(box, f'fill="{FILLS[package]}" stroke="#bcccdc" rx="10"'), text])


def arrow(start: Box, end: Box) -> str:
    """A straight arrow from the bottom of one box to the top of another."""
    return _path(f"M{start.middle:g} {start.y + start.height:g} L{end.middle:g} {end.y - 1:g}")


def elbow(start: Box, end: Box) -> str:
    """An arrow that leaves a box sideways and comes down on another, past the boxes between."""
    side = start.x + start.width if end.middle > start.middle else start.x
    return _path(f"M{side:g} {start.y + start.height / 2:g} H{end.middle:g} V{end.y - 1:g}")


def lane(start: Box, end: Box, x: float, label: str) -> str:
    """A thick arrow straight down at `x`, or from the side of `start` where `x` lies beside it."""
    if start.x < x < start.x + start.width:
        begin = f"M{x:g} {start.y + start.height:g}"
    else:
        begin = f"M{start.x if x < start.x else start.x + start.width:g} {start.y + start.height - 24:g} H{x:g}"
    text = f'<text class="count" x="{x + 10:g}" y="{end.y - 24:g}">{escape(label)}</text>'
    return f'<path class="lane" d="{begin} V{end.y - 1:g}"/>\n{text}'


def _caption(about: str) -> list[str]:
    sentence = about.split(". ")[0].rstrip(".")
    return textwrap.wrap(sentence.replace("`", ""), CAPTION_CHARACTERS, max_lines=CAPTION_LINES, placeholder=" …") or [""]


def _path(d: str) -> str:
    return f'<path class="arrow" d="{d}"/>'


def _rectangle(box: Box, attributes: str) -> str:
    return f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" {attributes}/>'
