"""Addresses in text: papers and pages that a text names become links."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

# A bare address, a number of arXiv, or a DOI. Each has an end of its own, so no text is read twice.
_NAMED: Final = re.compile(
    r"https://[^\s<>\"'{}|\\^`]{1,500}|\barXiv[: ]{1,2}\d{4}\.\d{4,5}\b|\b10\.\d{4,9}/[^\s{}\"<>,;]{1,200}", re.IGNORECASE
)
_EPRINT: Final = re.compile(r"\beprint\s{0,9}=\s{0,9}[{\"](\d{4}\.\d{4,5})", re.IGNORECASE)
_AFTER: Final = ".,;:)]"


def linked(text: str) -> Markup:
    """The text with every address, arXiv number and DOI in it as a link; all else is escaped."""
    parts, end = [], 0
    for match in _NAMED.finditer(text):
        name = match[0].rstrip(_AFTER)
        parts.append(escape(text[end : match.start()]))
        parts.append(_link(address(name), name))
        end = match.start() + len(name)
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def address(name: str) -> str:
    """The address of a page, of an arXiv number ("arXiv:2504.18412") or of a DOI."""
    if name.lower().startswith("https://"):
        return name
    if name.lower().startswith("arxiv"):
        return f"https://arxiv.org/abs/{name[-10:].lstrip(': ')}"
    return f"https://doi.org/{name}"


def cited(citation: str) -> list[str]:
    """The addresses of the papers that a BibTeX entry names, each once: its address, DOI and arXiv number."""
    named = [address(match[0].rstrip(_AFTER)) for match in _NAMED.finditer(citation)]
    prints = [address(f"arXiv:{match[1]}") for match in _EPRINT.finditer(citation)]
    return list(dict.fromkeys([*named, *prints]))


def _link(to: str, words: str) -> Markup:
    return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(to, words)
