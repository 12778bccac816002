"""A run of sessions of CBT as lm-eval stores it, without an engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.tasks.counsel_ctrs import task as ctrs
from counsel_leaderboard.tasks.judge.client import CallOutcome
from counsel_leaderboard.tasks.judge.judging import identity
from counsel_leaderboard.tasks.judge.settings import JudgeEndpoint
from tests.support.run_folders import Item, Task, write
from tests.support.session_transcripts import transcript

TALK = (("I check things.", "You check things, at work."), ("It takes long.", "What happens then?"))


def judged_ctrs_run(folder: Path, model: str, *, value: int = 3, sessions: int = 2) -> Path:
    """A run whose sessions this judge has rated, every item alike."""
    named = identity(JudgeEndpoint("http://127.0.0.1:9/v1", model), ctrs.PLAN)
    answer = {name: value if name in ctrs.CBT_ACTS.names else 1 for name in ctrs.PLAN.fields}
    return ctrs_run(folder, sessions=sessions, outcomes=[CallOutcome("judged", answer)], judge=named)


def ctrs_run(
    folder: Path,
    *,
    sessions: int = 1,
    outcomes: Sequence[CallOutcome] | None = None,
    judge: dict[str, Any] | None = None,
) -> Path:
    """A run of the first sessions of `counsel_ctrs`; each got the same answers of a judge, or none was asked."""
    info = catalog()["counsel_ctrs"]
    config = load_yaml(info.file)
    bank, headline = config["custom_dataset"]("open"), info.manifest.table()["cbt_acts"]
    items = list[Item]()
    for doc in bank.docs[:sessions]:
        raw = transcript(*TALK, client=doc["client"]).model_dump_json()
        verdict = config["judging"].verdict(doc, raw, outcomes)
        items.append(
            Item(
                doc["id"], config["process_results"](doc, [verdict]), cluster=doc["cluster"], stratum=doc["stratum"],
                risk=doc["risk"], content_note=doc["content_note"], replies=(raw,), verdicts=(verdict,), document=doc,
                requests=config["messages"](doc),
            )
        )  # fmt: skip
    task = Task(
        "counsel_ctrs", items, headline="cbt_acts", area=info.manifest.area, combine=headline.combine, range=headline.range,
        ranked=False, dataset=bank.dataset["name"], split=bank.dataset["split"], version=info.manifest.version,
        fingerprint=bank.dataset["fingerprint"], full=bank.dataset["items"], eligible=bank.dataset["eligible"],
        says_metrics=False, judged=True, judge=judge, source="open",
    )  # fmt: skip
    return write(folder, [task], limit=sessions)
