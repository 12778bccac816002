"""Whole sessions with the same client in the arena: stored transcripts, both orders, and no tie where nobody judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from counsel_leaderboard.leaderboard.board import arena as arenas
from counsel_leaderboard.leaderboard.cli import arena_commands
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.store.database import Store
from tests.support.played_sessions import TASK, longest_session, played, played_item, played_run
from tests.support.scripted_replies import scripted_judge
from tests.support.stand_in_server import standing_in

CLIENTS = 12
WORDS = {
    "org/short": "Oh.",
    "org/middle": "How long has it been so?",
    "org/long": "How long has it been so, and who knows of it?",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, list[str]]:
    """Three models with the same clients; and their runs."""
    folder = tmp_path / "home"
    monkeypatch.setenv("COUNSEL_HOME", str(folder))
    with Store.open(folder) as store:
        runs = [
            played_run(folder, store, name, [played_item(played(f"c{i:02d}", words + "!" * (i % 3))) for i in range(CLIENTS)])
            for name, words in WORDS.items()
        ]
    return folder, runs


def test_sessions_with_the_same_client_are_compared(home: tuple[Path, list[str]]) -> None:
    def judge(pairs: Path, output: Path) -> None:
        given = [json.loads(line) for line in pairs.read_text("utf-8").splitlines()]
        assert {pair["kind"] for pair in given} == {"session"}
        assert all(json.loads(pair["a"])["session"] == json.loads(pair["b"])["session"] for pair in given)
        lines = [
            json.dumps({"id": pair["id"], "order": order, "verdict": longest_session(pair)})
            for pair in given
            for order in ("ab", "ba")
        ]
        output.write_text("\n".join(lines), "utf-8")

    with Store.open(home[0]) as store:
        planned = arenas.plan(store, home[1], task=TASK)
    outcome = arenas.run(planned, home[0], judge, prior=0.5)
    names = dict(planned.replies.select("run_id", "model").iter_rows())
    assert [names[run] for run in outcome.table["run_id"]] == ["org/long", "org/middle", "org/short"]
    assert (outcome.total, outcome.scored) == (3 * CLIENTS, 3 * CLIENTS)


def test_another_task_is_another_arena_and_a_task_of_neither_kind_is_refused(home: tuple[Path, list[str]]) -> None:
    with Store.open(home[0]) as store:
        with pytest.raises(RankingError, match=f"compares replies or whole sessions .* {TASK}"):
            arenas.plan(store, home[1], task="counsel_stigma")
        with pytest.raises(RankingError, match="nobody: no replies of"):
            arenas.plan(store, ["nobody"], task=TASK)


@pytest.mark.slow
def test_the_verb_with_a_judge_that_reads_both_orders(
    home: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """The real judge's process; it prefers the session with more words, and sees neither authors nor rules."""
    prompts: list[str] = []

    def choose(shown: str, rules: dict[str, object]) -> dict[str, str]:
        prompts.append(shown)
        first, second = shown.split("## Session B")
        return {"choice": "A" if len(first) - len("## Session A\n\n") > len(second.split("## Your verdict")[0]) else "B"}

    with standing_in() as serve:
        monkeypatch.setenv("COUNSEL_JUDGE_URL", serve(scripted_judge(choose)).base_url)
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "scripted")
        monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
        arguments = [*home[1], "--task", TASK, "--prior", "0.5"]
        shown = CliRunner().invoke(arena_commands.arena, arguments)
    assert shown.exit_code == 0, shown.output
    assert "36 of 36 comparisons judged in both orders" in " ".join(shown.output.split())
    assert len(prompts) == 2 * 3 * CLIENTS
    assert not [prompt for prompt in prompts if "best-match" in prompt or "toy" in prompt or "disclosed" in prompt]
