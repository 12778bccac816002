"""Schema of a task's manifest: the `metadata` of its lm-eval YAML, as pydantic models that reject unknown keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, model_validator

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.scoring.aggregate import Combine

Source = Literal["open", "upstream"]
Kind = Literal["headline", "breakdown", "companion", "bookkeeping"]
Level = Literal["nominal", "interval"]
LARGEST_END = 1e9
ALL_ITEMS = "all"
NO_ITEM = "none"
STATED = "stated"


DEFAULT_TOLERANCE = 0.02
"""The same weights at temperature 0 can still give different answers: if two tokens are about equally likely, batching, kernels
and dtype decide between them. A metric is a mean over items, so a few such items move it by a few hundredths of its range."""


SCRIPTED_WORDING = "scripted wording"
"""Who words the clients of played sessions where no model does."""

FIXED_SIDES = "fixed sides"
"""The same, where no model ever does."""

SLACK = 1e-9
"""How far a value may lie outside its range: sums of floats round."""


def inside(value: float, ends: tuple[float | None, float | None]) -> bool:
    """Whether a value lies in a range, of which None is an open end."""
    low, high = ends
    return (low is None or value >= low - SLACK) and (high is None or value <= high + SLACK)


def rising(ends: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    """Return the ends of a range unchanged; raises ValueError unless they are in order and of a usable size."""
    low, high = ends
    if low is not None and high is not None and low >= high:
        raise ValueError("the lowest value comes first and must be below the highest")
    if any(end is not None and abs(end) > LARGEST_END for end in ends):
        raise ValueError(f"an end may be no larger than {LARGEST_END:g}; write null for an open end")
    return ends


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names {', '.join(twice)} twice")
    return names


def _version(value: Any) -> Any:
    # YAML reads `version: 1.0` as a number.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Ends = Annotated[tuple[FiniteFloat | None, FiniteFloat | None], AfterValidator(rising)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
Line = Annotated[str, Field(min_length=1, max_length=200)]
Version = Annotated[str, BeforeValidator(_version)]


class Metric(Closed):
    """One number that a task reports.

    `range`: the lowest and the highest value that it can have, null for an end that is open. `combine`: how it follows from its
    items (`registry.scoring.aggregate`), or `custom` for an aggregation that the YAML names under `aggregations`; such a metric
    has no interval. `by`: groups of which each has a metric of its own, named METRIC_GROUP, combined as this one is.
    `descriptive`: neither end of the range is better, so pages and exports show no direction, no colour and no order, whatever
    `higher_is_better` says.
    """

    range: Ends
    higher_is_better: bool
    combine: Combine | Literal["custom"] = "items"
    label: Line | None = None
    kind: Kind = "companion"
    by: Annotated[tuple[Name, ...], AfterValidator(_unique)] = ()
    descriptive: bool = False


class Derived(Closed):
    """A score computed from the headline's items by more than a mean; shown beside the headline, never used for ranking.

    `length_controlled`: the win rate at equal length; `using` names the metric with the ratio of lengths.
    `questions`: the headline's interval with the questions resampled too; `using` names the document's field with the question.
    """

    method: Literal["length_controlled", "questions"]
    using: Name
    label: Line | None = None


class ReferenceLine(Closed):
    """A published figure of people, drawn as a line in every picture of a metric in the `suites` whose items it is about.

    `label`: whose figure it is; `source`: where it was published, in words. `metric`: by full name; None for the headline.
    """

    value: FiniteFloat
    label: Line
    source: Line
    url: Annotated[str, Field(pattern=r"^https://[^\s]+$", max_length=500)]
    suites: Annotated[tuple[Source, ...], AfterValidator(_unique)] = Field(min_length=1)
    metric: Name | None = None


def _rate(label: str, *, higher: bool) -> Metric:
    return Metric(range=(0, 1), higher_is_better=higher, label=label, kind="bookkeeping")


RATES: dict[str, Metric] = {
    "scored_rate": _rate("scored", higher=True),
    "judged_rate": _rate("judged", higher=True),
    "answered_rate": _rate("answered", higher=True),
    "failed_rate": _rate("not generated", higher=False),
    "unparsed_rate": _rate("not readable", higher=False),
    "truncated_rate": _rate("cut off before any reply", higher=False),
}
"""Standard rates, most of them of how much could be scored; a task lists those that it reports."""


class Manifest(Closed):
    """All facts about a task that code outside its folder uses.

    `question`: what the task asks of a model, one line for readers. `measure`: what a value of the headline says.
    `area` is a key of `areas.yml`. `ranked`: whether the task has an order of its own; `overall`: whether it counts in the
    overall order of each of its `suites`. `judged`: whether a judge scores the replies. `human_ratings`: the level of
    measurement at which a judge is compared with people.
    `tolerance`: how far a reproduction may differ, as a share of the headline's range. `controls`: names of the scripted
    models (`controls.yml`) whose answers mean something here. `pairwise`: whether the judge compares two replies, so that the
    replies of any two models can be compared as well. `metrics_of` may name another task whose metrics this one reports.
    `replies`: whether each answer is what a counselor says to a client, so that its remarks have topics.
    `controls_beside`: suites whose design lets a constant answer do well: there controls are shown beside the scores and make
    none unranked. `untiered`: suites with too few items for tiers: scores have intervals, are listed by value and never ranked.
    `beside`: metrics by full name with a column of their own on the task's page, which the headline does not show.
    `dropped_answers`: the rate of answers that were given and whose value the headline drops, such as "do not know".
    `recorded_only`: whether only stored answers can be replayed, so that no model is asked unless the task is named.
    `sessions`: where each answer is a session transcript (`registry.sessions.transcript`), shown turn by turn: `recorded`, or
    `played` where the session server stands between the harness and the model that is asked.
    `reference_lines`: published figures of people, for the eye; never ranked.
    `risk`: which items are about a client in danger, so that a reply is shown only where it was judged appropriate: `all`,
    `none`, the name of the bank whose rows say so (items that this bank does not hold are then of risk too), or, of a
    `recorded_only` task, whose documents no stranger sends, `stated`: what each document says.
    """

    version: Version
    label: Line
    question: Line
    measure: Annotated[str, Field(max_length=400)] = ""
    area: Name
    headline: Name
    metrics: dict[Name, Metric] = Field(min_length=1)
    rates: Annotated[tuple[Name, ...], AfterValidator(_unique)] = ()
    derived: dict[Name, Derived] = Field(default_factory=dict)
    ranked: bool
    overall: bool = False
    judged: bool = False
    replies: bool = False
    human_ratings: Level | None = None
    suites: Annotated[tuple[Source, ...], AfterValidator(_unique)] = Field(min_length=1)
    tolerance: Annotated[float, Field(gt=0, le=1)] = DEFAULT_TOLERANCE
    controls: Annotated[tuple[str, ...], AfterValidator(_unique)] = ()
    controls_beside: Annotated[tuple[Source, ...], AfterValidator(_unique)] = ()
    untiered: Annotated[tuple[Source, ...], AfterValidator(_unique)] = ()
    beside: Annotated[tuple[Name, ...], AfterValidator(_unique)] = ()
    dropped_answers: Name | None = None
    reference_lines: tuple[ReferenceLine, ...] = ()
    content_note: Annotated[str, Field(max_length=200)] = ""
    risk: Annotated[str, Field(min_length=1, max_length=100)] = ALL_ITEMS
    pairwise: bool = False
    recorded_only: bool = False
    sessions: Literal["recorded", "played"] | None = None

    @model_validator(mode="after")
    def _facts_agree(self) -> Manifest:
        if self.headline not in self.metrics:
            raise ValueError(f"headline: {self.headline!r} is not one of metrics ({', '.join(self.metrics)})")
        if None in self.metrics[self.headline].range or self.metrics[self.headline].combine == "custom":
            raise ValueError(
                f"metrics.{self.headline}: a headline needs both ends of its range, and a `combine` that is a mean"
            )
        if self.ranked and self.metrics[self.headline].descriptive:
            raise ValueError(f"metrics.{self.headline}: a descriptive headline orders nobody; say `ranked: false`")
        if unknown := [name for name in self.rates if name not in RATES]:
            raise ValueError(f"rates: {', '.join(unknown)} is none of {', '.join(RATES)}")
        self._check_names()
        if self.ranked and "scored_rate" not in self.rates:
            raise ValueError("rates: a ranked task reports scored_rate, which says how much of the headline has a value")
        for key, suites in (("controls_beside", self.controls_beside), ("untiered", self.untiered)):
            if other := sorted({*suites} - {*self.suites}):
                raise ValueError(f"{key}: {', '.join(other)} is none of suites ({', '.join(self.suites)})")
        if self.dropped_answers is not None and self.dropped_answers not in self.metrics:
            raise ValueError(f"dropped_answers: {self.dropped_answers!r} is not one of metrics ({', '.join(self.metrics)})")
        if self.risk == STATED and not self.recorded_only:
            raise ValueError("risk: what a document says of itself (stated) is believed of recorded_only tasks alone")
        self._check_reference_lines()
        if unknown := [name for name in self.beside if name == self.headline or name not in self.table()]:
            raise ValueError(f"beside: {', '.join(unknown)} is the headline or none of metrics, groups of `by` counted")
        if self.overall and not self.ranked:
            raise ValueError("overall: only a ranked task counts in the overall order")
        if self.judged != (self.human_ratings is not None):
            raise ValueError("human_ratings: is for judged tasks, and each of them needs it (nominal or interval)")
        return self

    def _check_names(self) -> None:
        if rates := [name for name in self.metrics if name in RATES]:
            raise ValueError(f"metrics: {', '.join(rates)} is a standard rate; name it under `rates`")
        whole = [*self.metrics, *(f"{name}_{group}" for name, metric in self.metrics.items() for group in metric.by), *RATES]
        if errors := [name for name in whole if name.endswith("_stderr")]:
            raise ValueError(f"metrics: {', '.join(errors)} is how lm-eval names a standard error")
        if twice := sorted({name for name in whole if whole.count(name) > 1}):
            raise ValueError(f"metrics: {', '.join(twice)} is the name of two metrics, groups of `by` counted")
        for name, score in self.derived.items():
            if name in whole:
                raise ValueError(f"derived.{name}: is the name of a metric")
            if score.method == "length_controlled" and score.using not in self.metrics:
                raise ValueError(f"derived.{name}.using: {score.using!r} is not one of metrics ({', '.join(self.metrics)})")

    def _check_reference_lines(self) -> None:
        table = self.table()
        for line in self.reference_lines:
            name = line.metric or self.headline
            if name not in table:
                raise ValueError(f"reference_lines: {name!r} is not one of metrics, groups of `by` counted")
            if not inside(line.value, table[name].range):
                raise ValueError(f"reference_lines: {line.value:g} ({line.label}) lies outside the range of {name}")

    def table(self) -> dict[str, Metric]:
        """All metrics that the task reports, by full name, including breakdowns and rates."""
        return expanded(self.metrics, self.headline) | {name: RATES[name] for name in self.rates}

    def record(self) -> dict[str, Any]:
        """The task's entry in a run's results, as plain JSON values; older boards read `combine` and `range` from it."""
        headline = self.metrics[self.headline]
        facts = self.model_dump(mode="json", include={"version", "area", "headline", "ranked", "overall", "judged"})
        metrics = {
            name: metric.model_dump(mode="json", exclude={"by", "label", "descriptive"})
            for name, metric in self.table().items()
        }
        derived = {name: score.model_dump(mode="json", exclude={"label"}) for name, score in self.derived.items()}
        return {**facts, "combine": headline.combine, "range": list(headline.range), "metrics": metrics, "derived": derived}


MANIFEST_KEYS = frozenset({*Manifest.model_fields, "metrics_of"})
"""The keys that `metadata` may have in a YAML file; lm-eval adds its own keys when it loads the file."""


def expanded(metrics: dict[str, Metric], headline: str) -> dict[str, Metric]:
    """The metrics by full name, each followed by its breakdowns by group."""
    by_name: dict[str, Metric] = {}
    for name, metric in metrics.items():
        by_name[name] = metric.model_copy(update={"kind": "headline" if name == headline else metric.kind})
        title = metric.label or plain(name)
        for group in metric.by:
            part = {"by": (), "kind": "breakdown", "label": f"{title}, {plain(group)}"}
            by_name[f"{name}_{group}"] = metric.model_copy(update=part)
    return by_name


def plain(name: str) -> str:
    """A name with spaces for underscores."""
    return name.replace("_", " ")
