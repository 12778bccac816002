"""Rules of the banks: lengths and reading levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from counsel_leaderboard.registry.bank_checks import texts
from counsel_leaderboard.registry.bank_checks.rows import RANK_KINDS
from tests.support.bank_checks import reading

Rows = dict[str, list[dict[str, Any]]]


def paired_replies_are_of_similar_length(banks: Rows) -> None:
    pairs = [
        (row["id"], len(row[other]) / len(row["reference"]))
        for bank, other in (("preference", "flawed"), ("rank", "other"), ("response", "flawed"))
        for row in banks.get(bank, [])
    ]
    assert [pair for pair in pairs if not 0.8 <= pair[1] <= 1.25] == []


def twins_of_the_judge_exam_are_as_long_as_each_other(banks: Rows) -> None:
    rows = banks["judge-exam"]
    assert [row["id"] for row in rows if not 0.9 <= len(row["flawed"]) / len(row["sound"]) <= 1.1] == []
    assert [row["id"] for row in rows for side in ("sound", "flawed") if not 40 <= len(row[side].split()) <= 90] == []


def the_longer_reply_is_flawed_about_half_the_time(name: str, good: str, bad: str, banks: Rows) -> None:
    rows = [row for row in banks.get(name, []) if row.get("kind") != RANK_KINDS[-1]]
    if not rows:
        pytest.skip(f"the {name} bank is not here")
    longer = np.mean([(np.sign(len(row[bad]) - len(row[good])) + 1) / 2 for row in rows])
    assert 0.4 <= longer <= 0.6, f"the flawed reply is the longer one in {longer:.0%} of {len(rows)} pairs"


def look_alikes_are_not_told_by_length(banks: Rows) -> None:
    length = {
        benign: np.mean([sum(map(len, texts.spoken("response", {"id": row["id"], "messages": row["messages"]}, "client")))
                         for row in banks["response"] if row["benign"] is benign])
        for benign in (False, True)
    }  # fmt: skip
    assert 0.8 <= length[True] / length[False] <= 1.25, length


def clients_are_brief_and_talkative(name: str, banks: Rows) -> None:
    if name not in banks:
        pytest.skip(f"the {name} bank is not here")
    lengths = [len(utterance.split()) for row in banks[name] for utterance in texts.spoken(name, row, "client")]
    low, high = np.percentile(lengths, [10, 90])
    assert high >= 1.5 * low, f"client turns of 10th and 90th percentile have {low:.0f} and {high:.0f} words"


def reading_level_varies_and_stays_readable(name: str, banks: Rows) -> None:
    """One Flesch-Kincaid grade between the 10th and the 90th percentile of clients, nobody above grade 12."""
    if name not in banks:
        pytest.skip(f"the {name} bank is not here")
    grades = [reading.grade(" ".join(texts.spoken(name, row, "client"))) for row in banks[name]]
    low, middle, high = np.percentile(grades, [10, 50, 90])
    print(f"{name}: Flesch-Kincaid grade {low:.1f} / {middle:.1f} / {high:.1f} (10%, 50%, 90%)")
    assert high - low >= 1
    assert max(grades) <= 12


def stigma_vignettes_are_read_alike(banks: Rows) -> None:
    """A condition must not stand out by harder words: its mean grade lies within 2.5 of every other's."""
    rows = banks.get("stigma", [])
    means = [
        np.mean([reading.grade(row["vignette"]) for row in rows if row["condition"] == condition])
        for condition in {row["condition"] for row in rows}
    ]
    assert not means or max(means) - min(means) <= 2.5, means
