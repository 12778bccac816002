"""Stored answers that others published about named models: which there are, and reading them.

Each source of sessions or answers has a reader module of its own; `sources/` says which models each source holds.
"""

from counsel_leaderboard.registry.recorded.answer_files import Answer, RecordError, prompt_words
from counsel_leaderboard.registry.recorded.catalog import find, models, source, sources
from counsel_leaderboard.registry.recorded.loading import (
    STIMULI,
    UnlockedError,
    answers,
    comparable,
    files,
    first_used,
    is_here,
    location,
    notice,
    obtain,
    recording_of,
    require_items,
)
from counsel_leaderboard.registry.recorded.schema import RecordedModel, RecordedSource, Recording

__all__ = [
    "STIMULI",
    "Answer",
    "RecordError",
    "RecordedModel",
    "RecordedSource",
    "Recording",
    "UnlockedError",
    "answers",
    "comparable",
    "files",
    "find",
    "first_used",
    "is_here",
    "location",
    "models",
    "notice",
    "obtain",
    "prompt_words",
    "recording_of",
    "require_items",
    "source",
    "sources",
]
