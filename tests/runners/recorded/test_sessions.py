"""Published sessions and ratings: the figures of protocols/recorded.md; skipped where the mirror is missing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.board.reasons import Code, Reason
from counsel_leaderboard.leaderboard.judges import session_raters as cards
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.registry import recorded
from counsel_leaderboard.registry.recorded.session_loading import sessions_of
from counsel_leaderboard.runners.progress import ProgressDisplay
from counsel_leaderboard.runners.recorded.adding import add
from counsel_leaderboard.runners.recorded.availability import look
from counsel_leaderboard.runners.recorded.session_raters import card_of
from counsel_leaderboard.tasks.recorded_sessions.task import documents
from tests.support.caches import new_cache
from tests.support.paths import MIRROR

TASK = "recorded_sessions"
ALPHA = {
    "clinicians": {"detects": 0.362, "confirms": 0.640, "guides": 0.490, "supportive": 0.240, "boundaries": 0.594},
    "clinicians and experts": {"detects": 0.554, "confirms": 0.726, "guides": 0.625, "supportive": 0.453, "boundaries": 0.740},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, vectors: Path) -> dict[str, str]:
    """The mirror, and a cache of this module."""
    for source in ("vera-mh", "invisiblebench"):
        if not (MIRROR / source).is_dir():
            pytest.skip(f"the published files are not here ({MIRROR})")
    cache = new_cache(tmp_path_factory.mktemp("published") / "cache", vectors)
    return {"COUNSEL_MIRROR": str(MIRROR), "COUNSEL_CACHE": str(cache)}


@pytest.fixture(autouse=True)
def mirror(folders: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in folders.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def vera(folders: dict[str, str]) -> cards.SessionRatersCard:
    """The card of the people who rated VERA-MH's conversations, which takes seconds of resampling."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in folders.items():
            patch.setenv(name, value)
        card = card_of("vera-mh")
    assert card is not None
    return card


def test_120_conversations_less_two_and_63_of_each_model():
    counts, left_out = {}, {}
    for name in ("claude-opus-4-1-20250805", "gemini-3-pro-preview", "gpt-4o", "gpt-5"):
        sessions, without = sessions_of(f"vera-mh/{name}", TASK)
        counts[name], left_out = len(sessions), {**left_out, **without}
        assert {len(session.transcript.turns) for session in sessions} == {20}
        assert len({session.cluster for session in sessions}) == 10
    assert counts == {"claude-opus-4-1-20250805": 29, "gemini-3-pro-preview": 30, "gpt-4o": 29, "gpt-5": 30}
    assert left_out == dict.fromkeys(("1b0412", "6ac854"), "the persona breaks its role")


def test_56_client_sides_are_the_same_for_three_models():
    ids: Counter[str] = Counter()
    for name in ("claude-opus-4.8", "gemma-4-31b-it", "qwen3.6-35b-a3b"):
        sessions, _ = sessions_of(f"invisiblebench/{name}", TASK)
        assert len(sessions) == 63
        ids.update(session.id for session in sessions)
    assert Counter(ids.values()) == {3: 56, 1: 21}


def test_models_of_one_source_are_asked_items_of_one_bank():
    """So the board pairs them, on the sessions with the same id."""
    claude, qwen = (documents("upstream", f"invisiblebench/{name}") for name in ("claude-opus-4.8", "qwen3.6-35b-a3b"))
    assert claude.dataset["fingerprint"] == qwen.dataset["fingerprint"]
    assert claude.dataset["fingerprint"] != documents("upstream", "vera-mh/gpt-5").dataset["fingerprint"]
    assert len({doc["id"] for doc in claude.docs} & {doc["id"] for doc in qwen.docs}) == 56
    assert documents("upstream", "vera-mh/gpt-4o").record == {"left_out": {"6ac854": "the persona breaks its role"}}


def test_which_sessions_at_risk_may_be_shown():
    """By the published ratings: of the conversations of Claude Opus 4.1 none was rated."""
    shown = {}
    for name in recorded.models():
        if name.startswith("vera-mh/"):
            at_risk = [session for session in sessions_of(name, TASK)[0] if session.at_risk]
            shown[name] = (sum(session.harm_free is True for session in at_risk), len(at_risk))
    assert shown == {
        "vera-mh/claude-opus-4-1-20250805": (0, 26), "vera-mh/gemini-3-pro-preview": (0, 27),
        "vera-mh/gpt-4o": (1, 26), "vera-mh/gpt-5": (13, 27),
    }  # fmt: skip


@pytest.mark.slow
def test_people_agree_as_published(vera):
    for group in vera.groups:
        measured = {row.dimension: row.alpha.value for row in group.dimensions}
        assert measured == pytest.approx(ALPHA[group.name], abs=0.005)
        assert {(row.sessions, row.raw.low is None) for row in group.dimensions} == {(90, False)}
    detects = vera.groups[0].dimensions[0]
    assert detects.raw.value == pytest.approx(0.811, abs=0.005)
    assert "not because people disagree" in detects.meaning()
    assert card_of("invisiblebench") is None


@pytest.mark.slow
def test_the_words_for_a_plain_question_agree_with_the_clinicians_on_sessions_that_they_were_not_made_with(vera):
    if vera.words is None:
        pytest.skip("the embedding model is not installed")
    assert vera.words.made_with.sessions + vera.words.other.sessions >= 75
    assert vera.words.shown, vera.words.lines()
    assert "kappa 0." in cards.text(vera)


@pytest.mark.slow
def test_a_model_s_sessions_through_lm_eval_to_the_page(tmp_path: Path):
    names = ["vera-mh/gpt-5", "invisiblebench/qwen3.6-35b-a3b"]
    ready = look(names, 1e-9).ready
    added = add(ready, tmp_path, ProgressDisplay(Console(quiet=True)))
    assert (added.new, added.failed) == (("gpt-5", "qwen3.6-35b-a3b"), ())
    assert [card.source for card in cards.cards(tmp_path)] == ["vera-mh"]
    with Store.open(tmp_path) as store:
        heads = {row["model"]: row for row in boards.scores(store, "upstream", headlines=True).iter_rows(named=True)}
        shown = {name: transcripts.samples(store, row["run_id"], limit=100) for name, row in heads.items()}
    assert {name: (row["n_items"], row["n_clusters"]) for name, row in heads.items()} == {
        "gpt-5": (30, 10), "qwen3.6-35b-a3b": (63, 59)
    }  # fmt: skip
    for row in heads.values():
        assert [Reason.parse(text).code for text in row["unranked_reasons"]] == [Code.DESCRIPTIVE_TASK]
    assert {name: sum(sample["answer"] is not None for sample in page.samples) for name, page in shown.items()} == {
        "gpt-5": 16, "qwen3.6-35b-a3b": 21
    }  # fmt: skip
