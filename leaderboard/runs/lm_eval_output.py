"""Pydantic models of the parts of lm-eval 0.4's output files that the board reads.

`results_<date>.json` is one JSON object; `samples_<task>_<date>.jsonl` holds one object per document. Keys that the board
does not use are ignored: lm-eval adds some with every release.
"""

from __future__ import annotations

import json
import math
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat, model_validator

from counsel_leaderboard.leaderboard.specs.text import Text, printable
from counsel_leaderboard.registry.common.hashing import canonical
from counsel_leaderboard.registry.manifests import Derived, Ends, Kind
from counsel_leaderboard.registry.manifests.schema import rising
from counsel_leaderboard.registry.scoring.aggregate import Combine, ScoredItem

# Names of tasks, metrics and items become file names, column names and URLs.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/ -]{0,199}$")]
# Some upstream items have only their question as an id.
ItemId = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(printable)]
TaskName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")]


def _number_as_text(value: Any) -> Any:
    # YAML reads `version: 1.0` as a number, and lm-eval hands it on as such.
    return str(value) if isinstance(value, int | float) else value


def _no_text(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError("a number is needed, not text")  # noqa: TRY004 - pydantic reports ValueErrors alone
    return value


def _plain(value: Any) -> Any:
    canonical(value)  # raises ValueError for NaN and infinities, which no JSON text can hold
    return value


Number = Annotated[float, BeforeValidator(_no_text)]
Plain = Annotated[Any, AfterValidator(_plain)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore", protected_namespaces=(), frozen=True)


class Dataset(_Read):
    """Where a task's items came from: the whole bank gives `items` documents, the headline covers `eligible`."""

    name: Name
    split: Name
    revision: Text | None = None
    fingerprint: Text
    items: Annotated[int, Field(gt=0, lt=2**31)]
    eligible: Annotated[int, Field(gt=0, lt=2**31)] | None = None


class JudgeRecord(_Read):
    """Who judged a task's replies, and by what; the counts beside them are not read."""

    model: Text
    revision: Text | None = None
    url_host: Text | None = None
    rubric: Text | None = None
    prompt_version: Annotated[Text, BeforeValidator(_number_as_text)] | None = None


class MetricFacts(_Read):
    """What a task says of one of its metrics; `registry.manifests.Metric` explains the fields."""

    range: Ends
    higher_is_better: bool
    combine: Combine | Literal["custom"]
    kind: Kind


class TaskMetadata(_Read):
    """What a counsel task says of itself in its manifest and at load.

    lm-eval puts the model's arguments among these, addresses with them: only what is named here is read.
    """

    version: Annotated[Text, BeforeValidator(_number_as_text)]
    area: Name
    headline: Name
    combine: Combine
    range: Annotated[tuple[FiniteFloat, FiniteFloat], AfterValidator(rising)]
    ranked: bool
    overall: bool
    judged: bool
    source: Literal["open", "upstream"]
    dataset: Dataset
    metrics: dict[Name, MetricFacts] = Field(default_factory=dict)
    derived: dict[Name, Derived] = Field(default_factory=dict)
    judge: JudgeRecord | None = None
    clients_worded_by: Text | None = None
    prompt_form: Text | None = None
    thinking_tokens: int | None = None

    @model_validator(mode="after")
    def _parts_agree(self) -> TaskMetadata:
        own = self.metrics.get(self.headline)
        if own is not None and (own.combine != self.combine or list(own.range) != list(self.range)):
            raise ValueError(f"metrics.{self.headline}: has another range or combine than the metadata itself")
        if twice := sorted({*self.derived} & {*self.metrics, self.headline}):
            raise ValueError(f"derived: {', '.join(twice)} is the name of a metric")
        if unknown := sorted(
            d.using for d in self.derived.values() if d.method == "length_controlled" and d.using not in self.metrics
        ):
            raise ValueError(f"derived: {', '.join(unknown)} is not among the metrics")
        return self


class TaskConfig(_Read):
    """One entry of `configs`."""

    metadata: TaskMetadata
    generation_kwargs: Annotated[dict[str, Any] | None, AfterValidator(_plain)] = None


class SampleCount(_Read):
    """One entry of `n-samples`: documents of the task, and those that this run asked."""

    original: Annotated[int, Field(gt=0)]
    effective: Annotated[int, Field(gt=0)]


class RunConfig(_Read):
    """lm-eval's own settings; `model` is its model type, `limit` a count, a share, or None for all documents."""

    model: Text
    limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    gen_kwargs: Plain = None
    random_seed: int | None = None
    numpy_seed: int | None = None
    torch_seed: int | None = None
    fewshot_seed: int | None = None


class Results(_Read):
    """`results_<date>.json`. `date` is seconds since 1970 when the run began."""

    results: dict[str, dict[str, Any]]
    configs: dict[TaskName, TaskConfig] = Field(min_length=1)
    higher_is_better: dict[str, dict[str, bool | None]]
    n_samples: dict[str, SampleCount] = Field(validation_alias=AliasChoices("n-samples"))
    config: RunConfig
    date: Annotated[float, Field(ge=0, lt=4e9)]
    lm_eval_version: Text
    model_name: Text


class Doc(BaseModel):
    """What every counsel document says of itself, beside what its task needs."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: ItemId
    cluster: ItemId
    stratum: Annotated[str, Field(max_length=256)]
    dataset: Name
    content_note: Annotated[str, Field(max_length=1000)]
    # None where a worker stripped the document; such an item is treated as one of risk.
    risk: bool | None = None


class _Record(BaseModel):
    """A metric's value where the aggregation needs more than a number."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=True)

    value: Number
    weight: Annotated[Number, Field(gt=0, allow_inf_nan=False)] = 1.0
    stratum: str | None = None
    cluster: str | None = None


class Sample(BaseModel):
    """One line of `samples_<task>_<date>.jsonl`. `arguments` and `target` are absent where a dataset's card forbids them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    doc_id: Annotated[int, Field(ge=0)]
    doc: Doc
    target: Any = None
    arguments: dict[str, dict[str, Any]] = Field(default_factory=dict)
    resps: list[Any]
    filtered_resps: list[Any]
    filter: str
    metrics: list[Name]

    @model_validator(mode="after")
    def _metrics_have_values(self) -> Sample:
        for name in self.metrics:
            if name not in (self.__pydantic_extra__ or {}):
                raise ValueError(f"metric {name} is listed but has no value")
        return self

    def metric_values(self) -> dict[str, Any]:
        """The metric values as the task gave them: a number, or a record with `value`."""
        return {name: (self.__pydantic_extra__ or {})[name] for name in self.metrics}

    def item(self, metric: str) -> ScoredItem:
        """The value of `metric` for this document; stratum and cluster are the document's unless the value says otherwise.

        Raises pydantic.ValidationError where the value is neither a number nor a record with one.
        """
        raw = (self.__pydantic_extra__ or {})[metric]
        if type(raw) is float:  # nearly every value is a number; checking a record would cost more than the rest of an ingest
            return ScoredItem(raw if math.isfinite(raw) else None, 1.0, self.doc.stratum, self.doc.cluster)
        record = _Record.model_validate(raw if isinstance(raw, dict) else {"value": raw})
        return ScoredItem(
            value=record.value if math.isfinite(record.value) else None,
            weight=record.weight,
            stratum=self.doc.stratum if record.stratum is None else record.stratum,
            cluster=self.doc.cluster if record.cluster is None else record.cluster,
        )

    def prompts(self) -> list[Any] | None:
        """One entry per request: its list of chat messages, or its text without chat. None where it was stripped."""
        first = [request.get("arg_0") for request in self.arguments.values()]
        return [_messages(prompt) for prompt in first] if first else None

    def answers(self) -> list[str]:
        """The raw replies, one per request and repeat, in order."""
        return [str(reply) for replies in self.resps for reply in (replies if isinstance(replies, list) else [replies])]

    def verdicts(self) -> list[Any]:
        """The judge's verdicts, one per request; JSON texts are parsed, other texts are unchanged."""
        return [_json_or_text(reply) for reply in self.filtered_resps]


def _messages(prompt: Any) -> Any:
    # A chat prompt is a NamedTuple of one JSON text, which json.dump writes as a list of one string.
    text = prompt[0] if isinstance(prompt, list) and len(prompt) == 1 else prompt
    decoded = _json_or_text(text)
    return decoded if isinstance(decoded, list) else text


def _json_or_text(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text
