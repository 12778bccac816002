"""The model page says what a probe found, and nothing where there was none."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from counsel_leaderboard.leaderboard.board.contamination import BankProbe, Canary, Probe, save
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import model
from tests.support.homes import open_tasks, request, store_run


def top(home: Path, run: str) -> str:
    with Store.open(home) as store:
        reader = BoardReader(store)
        return model.page(reader, reader.suite("open"), Address(run=run), ()).top


def test_the_section_stands_on_the_page_of_the_model_that_was_probed(tmp_path: Path) -> None:
    tasks = open_tasks(0.5, seed=1, judged=False)[:1]
    run = store_run(tmp_path, tasks, request(tasks, model="org/probed"), "org/probed", None)
    assert "memorised" not in top(tmp_path, run)
    bank = BankProbe(
        bank="response", fingerprint="sha256:0", control="other items", n_items=30, n_control=30, n_unanswered=0,
        recall=0.75, control_recall=0.01, difference=0.74, low=0.6, high=0.85,
    )  # fmt: skip
    probe = Probe(
        model=ModelSpec(name="org/probed", revision="a" * 40), engine=EngineRecord(kind="endpoint"), prompt_version="1",
        probed_at=datetime(2026, 1, 2, tzinfo=UTC), banks=(bank,), canary=Canary(shown="x", digits=24, recalled=True),
    )  # fmt: skip
    save(probe, tmp_path)
    page = top(tmp_path, run)
    assert "Has it memorised the items?" in page
    assert "seems known" in page
    assert "0.750" in page
    assert "completed, which cannot happen by chance" in page
