"""The Judge tab where scores rest on published labels: whose they are, and how well people agreed with them."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from counsel_leaderboard.leaderboard.judges.published import PublishedCard
from counsel_leaderboard.leaderboard.judges.qualification import thresholds
from counsel_leaderboard.space.views import judges, published_labels

LABELLER = "published: some-model"


def judged(*replies_of: str, labeller: str = LABELLER) -> pl.DataFrame:
    """A run with ten documents for each name, whose replies `labeller` labelled, all but one."""
    rows = [
        {
            "run_id": f"run-{name}", "role": "candidate", "task": "counsel_response", "judge": labeller,
            "judge_revision": "c0ffee", "judge_host": None, "judged_rate": 0.9, "n_docs": 10,
            "settings": json.dumps({"judge": {"rubric": f"labels of {name}"}}),
        }
        for name in replies_of
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"judge_host": pl.String})


CARD = PublishedCard(
    judge=LABELLER, revision="c0ffee", task="counsel_response", of="labels of model-with-a-long-name", file="labels.csv",
    people=2, replies=98, clusters=98, agreement=0.985, low=0.954, high=0.996, kappa=0.9587,
)  # fmt: skip


def page(frame: pl.DataFrame, *cards: PublishedCard) -> str:
    return re.sub(r"\s+", " ", published_labels.html(frame, cards))


def test_agreement_with_people_stands_beside_the_replies_that_they_read_and_no_others() -> None:
    other, checked = page(judged("model-with-a-long-name", "another"), CARD).split("<tbody>")[1].split("</tr>")[:2]
    assert "another" in other
    assert "not checked" in other
    assert "no: labeller checked on one model" in other
    assert "model-with-a-long-name" in checked
    assert "<b>0.985</b>" in checked
    assert "2 people on 98 replies" in checked
    assert checked.endswith("<td>yes</td>")


def test_labels_that_nobody_checked_are_named_so() -> None:
    assert "no: labels of one source, unchecked" in page(judged("bot"))


def test_labels_are_no_judge_that_could_sit_the_exam() -> None:
    frame = judged("bot")
    assert judges.judges(frame) == []
    assert "counsel judge check" not in judges.html(frame, [], thresholds.shipped())


@pytest.mark.parametrize("labeller", ["a-model", "published-model"])
def test_without_published_labels_there_is_no_section(labeller: str) -> None:
    assert page(judged("bot", labeller=labeller)) == ""
    assert len(judges.judges(judged("bot", labeller=labeller))) == 1


def test_a_labeller_is_trusted_for_the_replies_that_people_checked() -> None:
    ((name, sentence),) = published_labels.trusts(judged("model-with-a-long-name", "another"), [CARD])
    assert name == "some-model"
    assert sentence == (
        "Trusted for the replies of model-with-a-long-name, because people checked its labels of them and agreed; not for "
        "those of another, because people checked its labels of other replies alone."
    )
    ((_, unchecked),) = published_labels.trusts(judged("bot"), [])
    assert unchecked == "Not trusted for the replies of bot, because no people have checked them."
    assert unchecked in judges.html(judged("bot"), [], thresholds.shipped(), published_labels.trusts(judged("bot"), []))
