"""`counsel judge anchors`, `bridge` and `panel` with the real child process and scripted judges."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.judges.scales import anchors
from counsel_leaderboard.leaderboard.judges.scales.bridge_store import bridges
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.rubric_judge import Judge, merit
from tests.support.run_folders import Item, Task, request, write

TASK = "counsel_psyllm"
pytestmark = pytest.mark.slow  # each judge is a process of its own that loads lm-eval


def lenient(client: str, reply: str) -> float:
    """As the rubric has it, and a fifth more for everything."""
    return 0.2 + 0.8 * merit(client, reply)


@pytest.fixture
def score(serve, counsel, monkeypatch):
    """Have a scripted judge of that name score the anchors."""

    def run(name: str, weigh: Any = merit, *more: str, answer: Any = None) -> Any:
        server = serve(answer or Judge(weigh), models=[name])
        monkeypatch.setenv("COUNSEL_JUDGE_URL", f"{server.url}/v1")
        monkeypatch.setenv("COUNSEL_JUDGE_MODEL", name)
        return counsel("judge", "anchors", *more)

    return run


def store_run(home: Path, folder: Path, model: str, judge: anchors.AnchorJudge, level: float, **changes: Any) -> str:
    """A whole run of one judged task, as its judge scored it."""
    values = [level + 0.1 * (index % 3) for index in range(12)]
    items = [Item(f"i{index}", {"counseling_quality": value, "scored_rate": 1.0}) for index, value in enumerate(values)]
    record = {"model": judge.model, "revision": judge.revision, "rubric": judge.rubrics[TASK]}
    task = Task(TASK, items, headline="counseling_quality", higher_is_better=True, judged=True, judge=record)
    named = {"model": judge.model, "revision": None, "url_host": "127.0.0.1"}
    path = write(folder / f"{model}-{judge.model}".replace("/", "_"), [task], record=request([task], model=model, judge=named))
    return ingest(path, home).run_id


def test_two_judges_a_bridge_and_a_panel(score, counsel, home, tmp_path):
    outcome = score("org/qwen-strict")
    assert outcome.code == 0, outcome.err
    assert re.search(r"org/qwen-strict \(\w{16}\) scored the set \w{16}: 450 answers, 0 without a score", outcome.out)
    outcome = score("org/gemma-lenient", lenient)
    assert outcome.code == 0, outcome.err
    strict, kind = (
        scored.judge for scored in sorted(anchors.stored_scores(home), key=lambda scored: scored.judge.model, reverse=True)
    )
    store_run(home, tmp_path, "org/one", strict, 0.3)
    store_run(home, tmp_path, "org/one", kind, 0.5)

    outcome = counsel("judge", "bridge", "org/qwen-strict", "org/gemma-lenient")
    assert outcome.code == 0, outcome.err
    (bridge,) = bridges(home)
    by_task = {mapping.task: mapping for mapping in bridge.mappings}
    # Merits 0, 1/5, 7/15, 11/15 and 1 in half points are, lenient and strict: (.146, 0), (.354, .146), (.5, .5), (.854, .646)
    # and (1, 1). Least squares over these five gives a slope of 1.10; how often each comes up depends on the replies drawn.
    assert by_task[TASK].slope == pytest.approx(1.10, abs=0.15)
    assert by_task[TASK].apply(0.6)[0] == pytest.approx(0.5, abs=0.08)
    assert re.search(rf"{TASK}  org/one: 0\.600, 0\.(4[2-9]|5[0-8])", outcome.out)
    assert "on the old scale; shown, not ranked there" in outcome.out

    outcome = counsel("judge", "panel", "--task", TASK)
    assert outcome.code == 0, outcome.err
    assert re.search(rf"{TASK}: org/gemma-lenient \+0\.\d+, org/qwen-strict -0\.\d+", outcome.out)
    assert re.search(r"org/one: 0\.500 \(0\.\d+ to 0\.\d+\), 12 items by org/gemma-lenient, org/qwen-strict", outcome.out)


def test_a_judge_of_the_family_does_not_count(score, counsel, home, tmp_path):
    assert [score(name).code for name in ("org/qwen-strict", "org/gemma-also")] == [0, 0]
    for scored in anchors.stored_scores(home):
        store_run(home, tmp_path, "org/tuned-qwen", scored.judge, 0.3)
        store_run(home, tmp_path, "Qwen/Qwen2.5-7B", scored.judge, 0.3)
    outcome = counsel("judge", "panel", "--task", TASK)
    assert outcome.code == 0, outcome.err
    out = outcome.out
    assert (
        "Qwen/Qwen2.5-7B: unranked, judges that may count for it: 1, and a panel needs 2; without org/qwen-strict: of" in out
    ), out
    assert "Qwen/Qwen2.5-7B against org/tuned-qwen: unranked, judges that may judge both: 1, and a panel needs 2" in out, out


def test_a_judge_that_cannot_be_reached_or_read_leaves_nothing_wrong(score, counsel, home):
    """Garbage is kept as answers without a verdict, and bears no bridge; a dead judge leaves no file."""
    assert score("org/first").code == 0
    assert "450 answers, 0 without a score" not in score("org/mute", answer=lambda _: "I would rather not say.").out
    outcome = counsel("judge", "bridge", "org/first", "org/mute")
    assert outcome.code == 0, outcome.err
    assert f"{TASK}: NO BRIDGE, too few anchors scored by both" in outcome.out
    before = sorted(home.rglob("*.jsonl"))
    outcome = score("org/dead", answer=lambda _: "<cut>")
    assert outcome.code == 1
    assert "was never reached" in outcome.err
    assert sorted(home.rglob("*.jsonl")) == before
    assert not [file for file in home.rglob(".*") if file.is_file()]


def test_names_that_lead_nowhere(score, counsel, home, monkeypatch):
    assert score("org/first").code == 0
    assert "no scores of anchors by the judge 'org/none' are kept; there are those of org/first" in (
        counsel("judge", "bridge", "org/first", "org/none").err
    )
    assert "is the same judge twice" in counsel("judge", "bridge", "org/first", "org/first").err
    assert "a panel needs 2 judges" in counsel("judge", "panel").err
    assert "there is no set 'nothing'" in score("org/second", merit, "--set", "nothing").err
    monkeypatch.delenv("COUNSEL_JUDGE_URL")
    assert counsel("judge", "anchors").code == 2


def test_a_set_never_changes(score, home):
    """The name of a set is the hash of its file, and freezing the same banks again gives the same one."""
    assert [score(name).code for name in ("org/first", "org/second")] == [0, 0]
    (file,) = home.glob("judges/anchors/*/anchors.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len({line["id"] for line in lines}) == len(lines) == 450  # 3 tasks, 30 documents, 5 kinds of reply
    assert anchors.freeze(home) == file.parent.name


def test_anchors_stay_out_of_the_store(score, home):
    assert score("org/first").code == 0
    with Store.open(home) as store, store.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM runs").fetchall() == [(0,)]
