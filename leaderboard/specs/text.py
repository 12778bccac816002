"""Text that is safe in a file, a terminal and a page: 1 to 256 characters, none of them a control character."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

# Control characters reach terminals, CSV files and log lines; no model or host is named with one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """`text`, or ValueError where it holds control characters, those that turn the direction of text among them."""
    if _CONTROL.search(text):
        raise ValueError("must hold no control characters or lone surrogates")
    return text


Text = Annotated[str, Field(min_length=1, max_length=256), AfterValidator(printable)]
