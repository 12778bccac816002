"""Figures of AnnoMI's therapists by the shipped coder: `python -m counsel_leaderboard.tasks.skills.references DIR`.

Run it after the weights were built anew. Only figures are written: AnnoMI has no licence file, so none of its text leaves DIR.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.skills.coder import Coder, shipped_coder
from counsel_leaderboard.registry.skills.codes import BEHAVIOURS
from counsel_leaderboard.registry.skills.rates import profile
from counsel_leaderboard.registry.skills.references import FILE, PeopleAgreement, PeopleReference, PeopleReferences, StoredRate
from counsel_leaderboard.registry.skills.weights import version
from counsel_leaderboard.tasks.skills.agreement import figures, kappa
from counsel_leaderboard.tasks.skills.human_labels.annomi import Utterance, utterances

NOTE = "speech, other clients"


def references(rows: Sequence[Utterance], coder: Coder) -> PeopleReferences:
    """The rates of AnnoMI's high- and low-quality therapists, as the coder reads them; a case is a transcript."""
    return PeopleReferences(
        coder=version(),
        agreement=_agreement(rows, coder),
        groups=(
            _group("annomi-high", "AnnoMI, high quality", [row for row in rows if row.is_high], coder),
            _group("annomi-low", "AnnoMI, low quality", [row for row in rows if not row.is_high], coder),
        ),
    )


def _agreement(rows: Sequence[Utterance], coder: Coder) -> PeopleAgreement:
    coded = coder.code_all([(row.text, row.previous) for row in rows])
    right = np.array([BEHAVIOURS.index(row.behaviour) for row in rows])
    guess = np.array([BEHAVIOURS.index(text.behaviour or "other") for text in coded])
    f1 = {name: round(figures(right == number, guess == number).f1, 3) for number, name in enumerate(BEHAVIOURS)}
    return PeopleAgreement(kappa=round(kappa(right, guess), 3), f1=f1)


def _group(name: str, label: str, rows: Sequence[Utterance], coder: Coder) -> PeopleReference:
    coded = coder.code_all([(row.text, row.previous) for row in rows])
    rates = profile(zip((row.transcript for row in rows), coded, strict=True))
    return PeopleReference(
        name=name,
        label=label,
        note=NOTE,
        sentences=sum(len(text.sentences) for text in coded),
        cases=len({row.transcript for row in rows}),
        rates={metric: StoredRate.of(rate) for metric, rate in sorted(rates.items())},
    )


def main() -> None:
    """Write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="Folder with AnnoMI-simple.csv.")
    measured = references(utterances(parser.parse_args().folder), shipped_coder())
    atomic.write(FILE, measured.model_dump_json(indent=1) + "\n")
    print(f"{FILE.name}: {', '.join(f'{group.label}, {group.sentences} sentences' for group in measured.groups)}")


if __name__ == "__main__":
    main()
