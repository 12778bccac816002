"""Changes to a reply that leave its message to the client unchanged."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import cycle, islice

PADDING_SENTENCES = 4
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Injection:
    """A text that tries to make the judge give a good verdict; `form` names the technique."""

    form: str
    text: str


@dataclass(frozen=True)
class Transforms:
    """The bank's padding sentences and injected texts, and the hash of their file."""

    padding: Sequence[str]
    injections: Sequence[Injection]
    sha256: str

    @property
    def forms(self) -> list[str]:
        """The distinct forms of injection, in the file's order."""
        return list(dict.fromkeys(injection.form for injection in self.injections))

    def padded(self, reply: str, index: int) -> str:
        """The reply with meaningless sentences before and after it; `index` selects them."""
        start = index * PADDING_SENTENCES % len(self.padding)
        before, *after = islice(cycle(self.padding), start, start + PADDING_SENTENCES)
        return " ".join([before, reply, *after])

    def injected(self, reply: str, form: str, index: int) -> str:
        """The reply followed by an injected text of that form; `index` selects one if there are several."""
        texts = [injection.text for injection in self.injections if injection.form == form]
        return f"{reply}\n\n{texts[index % len(texts)]}"


def restyled(reply: str) -> str:
    """The same sentences as a list under a heading, each with its first words in bold."""
    lines = [f"- {_bold(sentence)}" for sentence in SENTENCE_END.split(reply.strip())]
    return "\n".join(["### What I hear", "", *lines])


def _bold(sentence: str) -> str:
    words = sentence.split()
    return " ".join([f"**{' '.join(words[:3])}**", *words[3:]])


def load() -> Transforms:
    """The transforms shipped with the exam bank."""
    raw = (files("registry") / "open" / "judge-exam" / "transforms.toml").read_bytes()
    content = tomllib.loads(raw.decode("utf-8"))
    injections = [Injection(entry["form"], entry["text"]) for entry in content["injection"]]
    return Transforms(content["padding"], injections, f"sha256:{hashlib.sha256(raw).hexdigest()}")
