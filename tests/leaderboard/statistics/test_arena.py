from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from counsel_leaderboard.leaderboard.board import arena as arenas
from counsel_leaderboard.leaderboard.cli import arena_commands
from counsel_leaderboard.leaderboard.statistics.errors import RankingError
from counsel_leaderboard.leaderboard.statistics.pairwise.schedule import comparison_id, schedule
from counsel_leaderboard.leaderboard.statistics.pairwise.verdicts import Verdict, read_verdicts, score
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.run_folders import Item, Task, request, write
from tests.support.scripted_replies import scripted_judge
from tests.support.stand_in_server import standing_in


def replies(**runs: int) -> pl.DataFrame:
    """Each run's answers to the first so many speeches."""
    rows = [(run, f"s{i:02d}") for run, n in runs.items() for i in range(n)]
    return pl.DataFrame(rows, schema={"run_id": pl.String, "speech": pl.String}, orient="row")


def test_a_schedule_connects_everyone_and_is_seeded() -> None:
    table = replies(**{f"r{i}": 30 for i in range(9)})
    plan = schedule(table, neighbours=4, per_pair=5, seed=3)
    pairs = {frozenset((a, b)) for a, b in plan.select("a", "b").iter_rows()}
    # Nine candidates with four neighbours each: 18 pairs on 5 speeches.
    assert (len(pairs), plan.height, plan["id"].n_unique()) == (18, 90, 90)
    assert all(sum(run in pair for pair in pairs) == 4 for run in table["run_id"].unique())
    assert schedule(table.sample(fraction=1.0, shuffle=True), 4, 5, 3).equals(plan)
    assert not schedule(table, 4, 5, 4).equals(plan)


def test_few_candidates_all_meet_on_all_that_they_share() -> None:
    plan = schedule(replies(a=3, b=5, c=5), neighbours=6, per_pair=20)
    met = [tuple(sorted(pair)) for pair in plan.select("a", "b").iter_rows()]
    assert {pair: met.count(pair) for pair in met} == {("a", "b"): 3, ("a", "c"): 3, ("b", "c"): 5}


def test_an_id_does_not_depend_on_the_sides() -> None:
    assert comparison_id("s", "a", "b") == comparison_id("s", "b", "a") != comparison_id("t", "a", "b")


def test_a_schedule_that_cannot_connect_is_refused() -> None:
    with pytest.raises(RankingError, match="two are needed"):
        schedule(replies(a=3))
    apart = pl.DataFrame({"run_id": ["a", "b", "c"], "speech": ["s1", "s1", "s2"]})
    with pytest.raises(RankingError, match="c shares too few speeches"):
        schedule(apart)


def test_verdicts_of_two_orders_become_one_score() -> None:
    names = [f"{i:016x}" for i in range(6)]
    plan = pl.DataFrame({"id": names, "speech": ["s"] * 6, "a": ["x"] * 6, "b": ["y"] * 6})
    answers = {0: ("a", "a"), 1: ("b", "b"), 2: ("a", "b"), 3: ("tie", "tie"), 4: ("a", None), 5: ("a",)}
    verdicts = [
        Verdict(id=names[i], order=order, verdict=v)
        for i, two in answers.items()
        for order, v in zip(("ab", "ba"), two, strict=False)
    ]
    scored = score(plan, verdicts)
    assert scored["score"].to_list() == [1.0, 0.0, 0.5, 0.5, None, None]
    assert scored["agree"].to_list() == [True, True, False, True, None, None]


def test_verdicts_that_do_not_belong_are_refused() -> None:
    plan = pl.DataFrame({"id": ["1" * 16], "speech": ["s"], "a": ["x"], "b": ["y"]})
    verdict = Verdict(id="1" * 16, order="ab", verdict="a")
    with pytest.raises(RankingError, match="not in the schedule"):
        score(plan, [Verdict(id="2" * 16, order="ab", verdict="a")])
    with pytest.raises(RankingError, match="two different verdicts"):
        score(plan, [verdict, Verdict(id="1" * 16, order="ab", verdict="b")])
    assert score(plan, [verdict, verdict])["score"].to_list() == [None]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("not json", "line 2"),
        ('{"id": "1", "order": "ab", "verdict": "A"}', "line 2: verdict"),
        ('{"id": "1", "verdict": "a"}', "line 2: order"),
    ],
)
def test_a_line_that_is_no_verdict_is_named(line: str, words: str) -> None:
    with pytest.raises(RankingError, match=words):
        read_verdicts(["", line])


SPEECHES = 12


def task(quality: int) -> Task:
    """Replies whose length says how good they are, so that a judge of few words can be played."""
    items = [
        Item(
            f"sp{i:02d}",
            {"win_rate": 0.5, "scored_rate": 1.0},
            replies=("x" * (quality + i % 3),),
            extra={"speech": f"speech {i}"},
        )
        for i in range(SPEECHES)
    ]
    return Task(
        "counsel_preference", items, headline="win_rate", area="preference", higher_is_better=True, dataset="open-preference"
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    home = tmp_path / "home"
    monkeypatch.setenv("COUNSEL_HOME", str(home))
    for number, quality in enumerate((10, 11, 13)):
        run_task = task(quality)
        ingest(write(tmp_path / f"run{number}", [run_task], record=request([run_task], model=f"org/m{quality}")), home)
    return Store.open(home)


def judge_by_length(pairs: Path, output: Path) -> None:
    lines = []
    for line in pairs.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        longer = (len(pair["a"]) > len(pair["b"])) - (len(pair["a"]) < len(pair["b"]))
        verdict = {1: "a", 0: "tie", -1: "b"}[longer]
        lines += [json.dumps({"id": pair["id"], "order": order, "verdict": verdict}) for order in ("ab", "ba")]
    output.write_text("\n".join(lines), encoding="utf-8")


def test_an_arena_of_stored_replies(store: Store) -> None:
    planned = arenas.plan(store, per_pair=SPEECHES)
    assert planned.schedule.height == 3 * SPEECHES
    with pytest.raises(RankingError, match="every comparison"):
        arenas.run(planned, store.home, judge_by_length)
    outcome = arenas.run(planned, store.home, judge_by_length, prior=0.5)
    names = dict(planned.replies.select("run_id", "model").iter_rows())
    assert [names[run] for run in outcome.table["run_id"]] == ["org/m13", "org/m11", "org/m10"]
    assert (outcome.total, outcome.scored, outcome.disagreements) == (36, 36, 0)
    store.close()


def test_verdicts_are_asked_for_once(store: Store) -> None:
    planned = arenas.plan(store)
    calls = []

    def judge(pairs: Path, output: Path) -> None:
        calls.append(pairs)
        judge_by_length(pairs, output)

    for _ in range(2):
        arenas.run(planned, store.home, judge, prior=0.5)
    assert len(calls) == 1
    store.close()


def test_a_judge_that_stops_leaves_no_verdicts(store: Store) -> None:
    planned = arenas.plan(store)

    def judge(pairs: Path, output: Path) -> None:
        output.write_text("half a li", encoding="utf-8")
        raise RankingError("stopped")

    with pytest.raises(RankingError, match="stopped"):
        arenas.run(planned, store.home, judge)
    assert not (store.home / "arena" / planned.id / "verdicts.jsonl").exists()
    store.close()


def test_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(RankingError, match="nobody: no replies of counsel_preference"):
        arenas.plan(store, ["nobody"])
    store.close()


@pytest.mark.slow
def test_the_verb(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real judge's process, and a server that prefers whatever stands first."""
    store.close()
    first = scripted_judge(lambda shown, rules: {name: rule["enum"][0] for name, rule in rules.items()})
    shown = CliRunner().invoke(arena_commands.arena, ["--plan"])
    assert "3 candidates, 36 comparisons, 72 judge calls" in shown.output
    with standing_in() as serve:
        monkeypatch.setenv("COUNSEL_JUDGE_URL", serve(first).base_url)
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "scripted")
        monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
        shown = CliRunner().invoke(arena_commands.arena, ["--prior", "0.5", "--output", str(tmp_path / "out.csv")])
    assert shown.exit_code == 0, shown.output
    assert "36 of 36 comparisons judged in both orders" in " ".join(shown.output.split())
    assert pl.read_csv(tmp_path / "out.csv")["games"].to_list() == [24, 24, 24]
