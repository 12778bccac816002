"""Reads a model's name out of the address of its page on the Hub, as people copy it from there."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

HOSTS: Final = ("huggingface.co", "www.huggingface.co", "hf.co")
# What stands before the revision in the address of a folder, a file or a commit.
BEFORE_REVISION: Final = ("tree", "blob", "resolve", "commit", "commits")


def model_of(text: str) -> tuple[str, str | None]:
    """The name `owner/name` in `text`, and the revision where the address names one; other text comes back as it is."""
    typed = text.strip()
    try:
        split = urlsplit(typed if "://" in typed else f"https://{typed}")
        host = split.hostname
    except ValueError:
        return typed, None
    parts = [unquote(part) for part in split.path.split("/") if part]
    if split.scheme not in ("http", "https") or host not in HOSTS or len(parts) < 2:
        return typed, None
    has_revision = len(parts) > 3 and parts[2] in BEFORE_REVISION
    return "/".join(parts[:2]), parts[3] if has_revision else None
