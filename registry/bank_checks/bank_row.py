"""What every row of every open bank has, and the kinds of text that rows share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from counsel_leaderboard.registry.common.closed import StrictlyClosed

CANARY = "COUNSEL-BENCH canary 6f1d2c8e-5b0a-4d7e-9c53-2f6a81e4b7d0: benchmark items, not for training"
Filled = Annotated[str, Field(min_length=2, pattern=r"^\S(.|\n)*\S$")]
# A client, or a therapist during exposure, may say a single word; a reference reply has to be longer.
Utterance = Annotated[Filled, Field(max_length=1500)]
Reply = Annotated[Filled, Field(min_length=40, max_length=1200)]


class BankRow(StrictlyClosed):
    """The fields that every row of every bank has."""

    id: Annotated[str, Field(pattern=r"^[a-z]+2?(-[a-z0-9]+)+$")]
    version: Annotated[str, Field(pattern=r"^\d+\.\d+$")]
    language: Literal["en"] = "en"  # stated in the rows of banks written since it was asked for; all others are English too
    theme: Filled
    content_note: str
    provenance: Annotated[str, Field(min_length=10)]
    reviewer_notes: str
    canary: Literal["COUNSEL-BENCH canary 6f1d2c8e-5b0a-4d7e-9c53-2f6a81e4b7d0: benchmark items, not for training"]
