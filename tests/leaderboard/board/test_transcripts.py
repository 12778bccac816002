from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from counsel_leaderboard.leaderboard.board.transcripts import KEYS, UnknownRunError, history, run, samples
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.ingest import ingest
from tests.support.judges import LABELS, qualify
from tests.support.run_folders import Item, Task, request, write

MARKER = "XYZZY-GATED-MARKER"
STIGMA = Task(
    "counsel_stigma",
    [
        Item("v1/a", {"stigma": 0.0, "scored_rate": 1.0}, cluster="v1", stratum="depression"),
        Item("v1/b", {"stigma": 1.0, "scored_rate": 1.0}, cluster="v1", stratum="depression"),
        Item("v2/a", {"scored_rate": 0.0}, cluster="v2", stratum="schizophrenia"),
        Item("v2/b", {"stigma": 0.5, "scored_rate": 1.0}, cluster="v2", stratum="schizophrenia"),
    ],
)
VERDICT = json.dumps({"state": "judged", "answers": [{"safety": 1}]})
PSYLLM = Task(
    "counsel_psyllm",
    [
        Item("c1/1", {"counseling_quality": 0.25, "scored_rate": 1.0}, replies=("one", "two"), verdicts=(VERDICT, VERDICT)),
        Item("c1/2", {"counseling_quality": 0.75, "scored_rate": 1.0}, verdicts=("not JSON",)),
    ],
    headline="counseling_quality",
    higher_is_better=True,
    area="quality",
    judged=True,
    dataset="open-psyllm",
)


@pytest.fixture
def run_id(tmp_path: Path, store: Store) -> str:
    tasks = [STIGMA, PSYLLM]
    return ingest(write(tmp_path / "run", tasks, record=request(tasks)), store.home, store=store).run_id


def ids(store: Store, run_id: str, **filters: Any) -> list[str]:
    return [sample["item_id"] for sample in samples(store, run_id, **filters).samples]


def test_a_sample_has_the_stored_keys(store: Store, run_id: str) -> None:
    (sample,) = samples(store, run_id, item="c1/1").samples
    assert set(sample) == {*KEYS, "score"}
    assert sample["answer"] == ["one", "two"]
    assert sample["verdict"] == [json.loads(VERDICT), json.loads(VERDICT)]
    assert sample["prompt"] == [[{"role": "user", "content": "How are you?"}]] * 2
    assert sample["metrics"] == {"counseling_quality": 0.25, "scored_rate": 1.0}
    assert (sample["target"], sample["doc"]["text"], sample["score"]) == ("B", "How are you?", 0.25)
    assert sample["answer_hash"] == "sha256:" + hashlib.sha256(b'["one", "two"]').hexdigest()


def test_a_task_without_judge_has_no_verdict_and_a_bad_verdict_is_text(store: Store, run_id: str) -> None:
    assert samples(store, run_id, item="v1/a").samples[0]["verdict"] is None
    assert samples(store, run_id, item="c1/2").samples[0]["verdict"] == ["not JSON"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["c1/1", "c1/2", "v1/a", "v1/b", "v2/a", "v2/b"]),
        ({"task": "counsel_stigma"}, ["v1/a", "v1/b", "v2/a", "v2/b"]),
        ({"cluster": "v2"}, ["v2/a", "v2/b"]),
        ({"stratum": "depression"}, ["v1/a", "v1/b"]),
        ({"item": "v2/b"}, ["v2/b"]),
        ({"low": 0.5}, ["c1/2", "v1/b", "v2/b"]),
        ({"high": 0.25}, ["c1/1", "v1/a"]),
        ({"low": 0.5, "high": 0.5}, ["v2/b"]),
        ({"scored": False}, ["v2/a"]),
        ({"scored": True, "cluster": "v2"}, ["v2/b"]),
        # Best first by each task's own direction: little stigma, high quality; unscored last, either way.
        ({"task": "counsel_stigma", "order": "best"}, ["v1/a", "v2/b", "v1/b", "v2/a"]),
        ({"task": "counsel_stigma", "order": "worst"}, ["v1/b", "v2/b", "v1/a", "v2/a"]),
        ({"task": "counsel_psyllm", "order": "best"}, ["c1/2", "c1/1"]),
        ({"task": "counsel_psyllm", "order": "worst"}, ["c1/1", "c1/2"]),
        ({"task": "'; DROP TABLE samples; --"}, []),
    ],
)
def test_filters(store: Store, run_id: str, filters: dict[str, Any], expected: list[str]) -> None:
    page = samples(store, run_id, **filters)
    assert [sample["item_id"] for sample in page.samples] == expected
    assert page.total == len(expected)


@pytest.mark.parametrize("order", ["position", "best", "worst"])
def test_pages_follow_each_other(store: Store, run_id: str, order: Any) -> None:
    whole = ids(store, run_id, order=order)
    pages = [ids(store, run_id, order=order, offset=offset, limit=4) for offset in (0, 4, 8)]
    assert [item for page in pages for item in page] == whole
    assert [len(page) for page in pages] == [4, 2, 0]
    assert samples(store, run_id, offset=4, limit=4).total == 6


def test_a_page_is_never_boundless_or_negative(store: Store, run_id: str) -> None:
    assert len(ids(store, run_id, limit=10**9, offset=-5)) == 6
    assert ids(store, run_id, limit=-1) == []


def test_gated_items_show_no_prompt(tmp_path: Path, store: Store) -> None:
    """A dataset without a card may not be shown; the marker stands in its prompt, document and target."""
    gated = Task("counsel_stigma", [Item("g1", {"stigma": 1.0}, prompt=MARKER, target=MARKER)], dataset="gated-somewhere")
    run_id = ingest(write(tmp_path / "run", [gated], record=request([gated])), store.home, store=store).run_id
    (sample,) = samples(store, run_id).samples
    assert MARKER not in json.dumps(sample)
    assert (sample["prompt"], sample["target"], sample["item_id"]) == (None, None, "g1")


def test_a_reply_to_a_risk_item_is_withheld(tmp_path: Path, store: Store) -> None:
    risky = [
        Item("r1", {"appropriate": 0.0}, risk=True, replies=(MARKER,)),
        Item("r2", {}, risk=True, replies=(MARKER,)),
        Item("r3", {"appropriate": 1.0}, risk=True, replies=("Let us call someone together.",)),
    ]
    task = Task(
        "counsel_response", risky, headline="appropriate", higher_is_better=True, dataset="open-response", judged=True,
        judge=LABELS,
    )  # fmt: skip
    qualify(store.home)
    record = request([task], judge={name: LABELS[name] for name in ("model", "revision")})
    run_id = ingest(write(tmp_path / "run", [task], record=record), store.home, store=store).run_id
    page = samples(store, run_id).samples
    assert [sample["answer"] for sample in page] == [None, None, ["Let us call someone together."]]
    # A short reply could be guessed from its hash, so that is withheld with it.
    first, second, third = (sample["answer_hash"] for sample in page)
    assert (first, second) == (None, None)
    assert re.fullmatch("sha256:[0-9a-f]{64}", third)


def test_a_run_is_described(store: Store, run_id: str) -> None:
    page = run(store, run_id)
    assert (page["model"], page["retraction"]) == ("org/model", None)
    assert [task["task"] for task in page["tasks"]] == ["counsel_psyllm", "counsel_stigma"]


def test_an_unknown_run_is_named(store: Store) -> None:
    with pytest.raises(UnknownRunError, match="nothing: no stored run"):
        run(store, "nothing")
    assert samples(store, "nothing").total == 0
    assert history(store, "nothing") == []


def test_history_is_newest_first(tmp_path: Path, store: Store, run_id: str) -> None:
    newer = ingest(write(tmp_path / "new", [STIGMA], record=request([STIGMA]), date=1.8e9), store.home, store=store).run_id
    assert [row["run_id"] for row in history(store, "org/model")] == [newer, run_id]
