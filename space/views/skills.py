"""The Skills tab and the techniques of one model as HTML: from the stored result, or one sentence on why nothing is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.crisis_gate import order
from counsel_leaderboard.leaderboard.skills.result import RunSkills, SkillExample
from counsel_leaderboard.leaderboard.skills.shown_result import shown
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics.stored_replies import counselor_texts
from counsel_leaderboard.registry.skills.rates import difference
from counsel_leaderboard.registry.skills.references import PeopleReference, StoredRate, people_references
from counsel_leaderboard.registry.skills.splitter import sentences
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views.skill_rows import (
    SUMMARIES,
    TOO_WEAK,
    ShownMeasure,
    Technique,
    ThresholdLine,
    measures,
    techniques,
)

ROLES: Final = {"candidate": 0, "product": 1, "people": 2, "control": 3}


@dataclass(frozen=True)
class RateRange:
    """The bar of a measure, from `least` to `most`."""

    most: float
    least: float = 0.0

    def position(self, value: float | None) -> float | None:
        """The position of a value in percent of the bar's width; None without a value."""
        return None if value is None else min(max((value - self.least) / (self.most - self.least) * 100, 0.0), 100.0)


@dataclass(frozen=True)
class PeopleComparison:
    """A model's difference from people in one measure. `against` says from whom."""

    against: str
    rate: StoredRate

    @property
    def direction(self) -> str:
        """`more`, `less`, or `neither` where the interval holds 0 or there is none."""
        if self.rate.low is None or self.rate.high is None or self.rate.low <= 0 <= self.rate.high:
            return "neither"
        return "more" if self.rate.low > 0 else "less"


def html(store: Store, address: Address) -> str:
    """The tab."""
    known = shown(store)
    if isinstance(known, str):
        return render("skills.html", reason=known)
    groups, listed = people_references().groups, measures()
    gate = order.by_run(store)
    runs = sorted(
        known.runs, key=lambda run: (*_key(run), gate(run.run_id), ROLES.get(run.role, 0), run.model.casefold(), run.run_id)
    )
    listed_by_gate = sorted(known.runs, key=lambda run: (gate(run.run_id), run.model.casefold()))
    return render(
        "skills.html",
        reason=None,
        scored=known.scored_at[:10],
        coder=known.coder,
        groups=groups,
        weak=[technique.label for technique in techniques() if not technique.is_shown],
        too_weak=TOO_WEAK,
        agreement=people_references().agreement,
        parts=[_part(key, list(own), listed, groups, address) for key, own in groupby(runs, key=_key)],
        signs=[_sign_row(technique, listed_by_gate) for technique in techniques()],
    )


def of_model(store: Store, run_id: str, address: Address) -> dict[str, Any] | None:
    """The techniques in the address' task of a run for the model page; None where none are shown."""
    known = shown(store)
    run = None if isinstance(known, str) else known.of_run(run_id, address.task)
    if run is None:
        return None
    examples, rows = _readable(store, run, address), []
    for technique in techniques():
        rate = run.rates.get(technique.measure.metric)
        compared = against_people(run, technique.measure.metric)
        rows.append(
            {
                "technique": technique,
                "rate": rate,
                "compared": compared,
                "examples": examples.get(technique.code, []),
            }
        )
    return {
        "run": run, "rows": rows, "summaries": [(each, run.rates.get(each.metric)) for each in SUMMARIES],
        "tab": address.to(tab="skills"), "too_weak": TOO_WEAK,
    }  # fmt: skip


def against_people(run: RunSkills, metric: str) -> PeopleComparison | None:
    """The difference from people on the same cases where there are such, else from AnnoMI's high-quality therapists."""
    for name, differences in run.against_people.items():
        if metric in differences:
            return PeopleComparison(f"{name}, same cases", differences[metric])
    rate = run.rates.get(metric)
    for group in people_references().groups[:1]:
        if rate is not None and metric in group.rates:
            apart = difference(rate.rate(), group.rates[metric].rate())
            return None if apart is None else PeopleComparison(group.label, StoredRate.of(apart))
    return None


def _key(run: RunSkills) -> tuple[str, str, tuple[str, ...]]:
    return run.source, run.task, run.datasets


def _part(
    key: tuple[str, str, tuple[str, ...]],
    runs: Sequence[RunSkills],
    listed: Sequence[ShownMeasure],
    groups: Sequence[PeopleReference],
    address: Address,
) -> dict[str, Any]:
    """One table and its pictures: the runs that answered clients of one task and data set."""
    source, task, datasets = key
    return {
        "source": source,
        "task": task,
        "datasets": ", ".join(datasets),
        "runs": [(run, address.to(tab="model", run=run.run_id, task=task, stratum="", item="", page=1)) for run in runs],
        "rows": [_measure_row(measure, runs, groups) for measure in listed],
    }


def _measure_row(measure: ShownMeasure, runs: Sequence[RunSkills], groups: Sequence[PeopleReference]) -> dict[str, Any]:
    rates = [run.rates.get(measure.metric) for run in runs]
    people = [group.rates.get(measure.metric) for group in groups]
    highest = [limit for rate in (*rates, *people) if rate for limit in (rate.value, rate.high) if limit is not None]
    lines = [ThresholdLine(rate.value, group.label, group.note) for group, rate in zip(groups, people, strict=True) if rate]
    return {
        "measure": measure,
        "rates": rates,
        "people": people,
        "scale": RateRange(measure.most or max([*highest, *(line.value for line in measure.lines)], default=0.0) or 1.0),
        "lines": [*lines, *measure.lines],
    }  # fmt: skip


def _sign_row(technique: Technique, runs: Sequence[RunSkills]) -> dict[str, Any]:
    """How many models use a technique more and less than people, and which."""
    names: dict[str, list[str]] = {"more": [], "less": [], "neither": []}
    metric = technique.measure.metric
    for run in runs:
        compared = against_people(run, metric) if run.role in ("candidate", "product") and technique.is_shown else None
        if compared is not None:
            names[compared.direction].append(f"{run.model} ({compared.rate.value:+.1f} against {compared.against})")
    people = people_references().groups[0].rates.get(metric) if technique.is_shown else None
    return {"technique": technique, "people": people, "names": names}


def _readable(store: Store, run: RunSkills, address: Address) -> dict[str, list[tuple[SkillExample, Address]]]:
    """For each code the examples whose reply is shown to anyone now, each with the address of that reply."""
    readable_sentences: dict[str, set[str]] = {}
    for item in {example.item for examples in run.examples.values() for example in examples}:
        page = transcripts.samples(store, run.run_id, task=run.task, item=item)
        answers = (text for sample in page.samples for text in counselor_texts(sample["answer"]))
        readable_sentences[item] = {sentence for answer in answers for sentence in sentences(answer)}
    return {
        code: [
            (example, address.to(item=example.item, page=1, stratum=""))
            for example in examples
            if example.text in readable_sentences[example.item]
        ]
        for code, examples in run.examples.items()
    }
