"""The spec of one evaluation. The queue, the worker, the run folder, the store and the board use the same `spec_id`."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from counsel_leaderboard.leaderboard.runs.lm_eval_output import TaskName
from counsel_leaderboard.leaderboard.specs.text import Text
from counsel_leaderboard.registry.common.closed import Closed, Whole
from counsel_leaderboard.registry.common.hashing import short_hash
from counsel_leaderboard.registry.manifests import Source

WorkerEngine = Literal["vllm", "llama_cpp", "control"]
"""An engine that a worker starts, and that a request can name."""
EngineKind = Literal[WorkerEngine, "endpoint", "recorded"]
"""Any engine: a running server is asked by `counsel eval --url` alone, and `recorded` replays stored answers."""
Role = Literal["candidate", "control", "product", "people"]
"""A model; a scripted control, the baseline; a commercial bot whose model is not known; a group of people."""
Dtype = Literal["auto", "bfloat16", "float16", "float32"]
Chat = Literal["template", "plain"]

BUILT_IN: Final = {"smollm2-135m": "SmolLM2-135M-Instruct"}
"""The built-in model of every worker: its name in a request, and its name in a run."""


class EvaluationSpec(Closed):
    """What is to be run. Equal specs are the same evaluation: `spec_id` is the hash of the canonical JSON.

    `revision` is a commit SHA for a model of the Hub, a file's checksum for one given as a file, and None where whoever runs
    it brings the model. `tasks` maps names to versions. `chat`: the model's own template, or plain text where it has none.
    `judge` and `judge_revision` are None unless a task is judged.
    """

    # Protected namespaces off: `model` is this field's word for what is measured.
    model_config = ConfigDict(populate_by_name=True)

    schema_: Annotated[Literal[1], Whole] = Field(alias="schema", default=1)
    model: Text
    revision: Text | None = None
    engine: EngineKind
    dtype: Dtype = "auto"
    chat: Chat = "template"
    source: Source = "open"
    tasks: dict[TaskName, Text] = Field(min_length=1)
    limit: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    judge: Text | None = None
    judge_revision: Text | None = None

    @model_validator(mode="after")
    def _records_are_of_published_items(self) -> Self:
        if self.engine == "recorded" and self.source != "upstream":
            raise ValueError("source: stored answers are to published items; the open items were never asked of them")
        return self

    @property
    def spec_id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON."""
        return short_hash(self.record())

    @property
    def role(self) -> Role:
        """A scripted control is a baseline; everything else is a candidate, unless a record says otherwise."""
        return "control" if self.engine == "control" else "candidate"

    def record(self) -> dict[str, Any]:
        """Plain JSON values, every key present."""
        return self.model_dump(mode="json", by_alias=True)
