"""What is done to a reply without touching what it says to the client."""

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
    """A text that is to talk the judge into a good verdict; `form` names the trick."""

    form: str
    text: str


@dataclass(frozen=True)
class Transforms:
    """The bank's padding sentences and injected texts, and the hash of the file they came from."""

    padding: Sequence[str]
    injections: Sequence[Injection]
    sha256: str

    @property
    def forms(self) -> list[str]:
        """The forms of injection, each once, in the file's order."""
        return list(dict.fromkeys(injection.form for injection in self.injections))

    def padded(self, reply: str, place: int) -> str:
        """The reply with sentences before and after it that say nothing; `place` picks which."""
        start = place * PADDING_SENTENCES % len(self.padding)
        before, *after = islice(cycle(self.padding), start, start + PADDING_SENTENCES)
        return " ".join([before, reply, *after])

    def injected(self, reply: str, form: str, place: int) -> str:
        """The reply with an injected text of that form after it; `place` picks among several of one form."""
        texts = [injection.text for injection in self.injections if injection.form == form]
        return f"{reply}\n\n{texts[place % len(texts)]}"


def restyled(reply: str) -> str:
    """The same sentences as a list under a heading, each with its first words in bold."""
    lines = [f"- {_bold(sentence)}" for sentence in SENTENCE_END.split(reply.strip())]
    return "\n".join(["### What I hear", "", *lines])


def _bold(sentence: str) -> str:
    words = sentence.split()
    return " ".join([f"**{' '.join(words[:3])}**", *words[3:]])


def load() -> Transforms:
    """The transforms that are shipped beside the exam bank."""
    raw = (files("registry") / "open" / "judge-exam" / "transforms.toml").read_bytes()
    found = tomllib.loads(raw.decode("utf-8"))
    injections = [Injection(entry["form"], entry["text"]) for entry in found["injection"]]
    return Transforms(found["padding"], injections, f"sha256:{hashlib.sha256(raw).hexdigest()}")
