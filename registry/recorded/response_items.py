"""Which released stimuli, questions and right answers are the same item.

An item is the hash of stimulus, question and right answer. Three questions were worded otherwise in some files, with the same
meaning and right answer: their hashes stand together. A row with any other hash is another item and left out of comparisons.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.recorded.answer_files import prompt_words

FILE = Path(__file__).with_name("response_items.yaml")


@dataclass(frozen=True)
class Item:
    """One of the ten: its short name, symptom, and its hashes, the first of which is its id."""

    name: str
    symptom: str
    hashes: tuple[str, ...]

    @property
    def id(self) -> str:
        """The name with its first hash."""
        return f"{self.name}-{self.hashes[0]}"


def item_hash(stimulus: Sequence[str], question: str, right: str) -> str:
    """12 hex digits of the SHA-256 over the words of the stimulus' messages, of the question, and the right answer."""
    parts = [*map(prompt_words, stimulus), prompt_words(question), right]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@functools.cache
def items() -> Mapping[str, Item]:
    """Every item by each of its hashes."""
    content = load_bounded(FILE.read_bytes())
    listed = [Item(name, facts["symptom"], tuple(facts["hashes"])) for name, facts in content.items()]
    return {one_hash: item for item in listed for one_hash in item.hashes}
