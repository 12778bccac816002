"""The column of a word list that agrees too little with clinicians is on no board and in no file of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from counsel_leaderboard.leaderboard.board import board as boards
from counsel_leaderboard.leaderboard.exchange import export
from counsel_leaderboard.leaderboard.judges import session_raters, word_agreement
from counsel_leaderboard.leaderboard.judges.session_raters import SessionRatersCard
from counsel_leaderboard.leaderboard.judges.word_agreement import WordAgreement, WordVerdict
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.gate_runs import JUDGES, gate_tasks, judge
from tests.support.run_folders import request, write

LIST = "word_list_asks_suicide"


def words(differ: int) -> WordAgreement:
    """A list that a clinician contradicts in some of 40 sessions."""
    rows = [
        WordVerdict(session=f"{number:06x}", words=number % 2 == 0, person=(number % 2 == 0) ^ (number < differ))
        for number in range(40)
    ]
    half = word_agreement.half("x", rows)
    return WordAgreement(act="asks-suicide", dimension="confirms", made_with=half, other=half)


@pytest.mark.parametrize(("differ", "shown"), [(4, True), (10, False)])
def test_below_the_limit_the_column_is_gone_and_above_it_is_there(
    store: Store, tmp_path: Path, differ: int, shown: bool
) -> None:
    tasks = gate_tasks(JUDGES[0])
    for task in tasks:
        items = [dataclasses.replace(item, metrics={**item.metrics, LIST: 1.0}) for item in task.items]
        task.items[:] = items
    folder = write(tmp_path / "run", tasks, record=request(tasks, judge=judge(JUDGES[0])))
    ingest(folder, store.home, store=store)
    assert LIST in boards.scores(store)["metric"].to_list()

    agreement = words(differ)
    assert agreement.shown is shown
    session_raters.save(SessionRatersCard(source="vera-mh", revision=None, groups=(), words=agreement), store.home)
    board = boards.read(store)
    assert (LIST in board.scores["metric"].to_list()) is shown
    assert (LIST.encode() in export.render(board.scores, "csv", board.ranks)) is shown
    assert "harm_free" in board.scores["metric"].to_list()
