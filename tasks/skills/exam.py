"""The coder's exam: by code on the open bank (held-out cases), and on people's labels of AnnoMI where the host has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.skills.card import card
from counsel_leaderboard.registry.skills.coder import UNSURE, allowed
from counsel_leaderboard.registry.skills.codes import BAR_F1, BEHAVIOURS, CODES, FACTS, inconsistent, of_behaviour
from counsel_leaderboard.registry.skills.linear_model import Floats, LinearModel
from counsel_leaderboard.tasks.skills.agreement import LabelFigures, alpha, auc, auc_interval, figures, kappa
from counsel_leaderboard.tasks.skills.coding import CodesTexts
from counsel_leaderboard.tasks.skills.human_labels.annomi import Utterance, people, utterances
from counsel_leaderboard.tasks.skills.human_labels.utterance_coder import retrained
from counsel_leaderboard.tasks.skills.training import TrainingRows

GROUPS = {"reflection": of_behaviour("reflection"), "question": of_behaviour("question"), "inconsistent": inconsistent()}
"""Codes whose rates are added up: a sentence has the group if it has any code of it."""


def by_code(data: TrainingRows, scores: Floats, model: LinearModel) -> dict[str, LabelFigures]:
    """The figures of each code on held-out rows. scores: of `training.out_of_fold`; model: its calibration and thresholds.

    A row from which the coder would abstain has no predicted code, so that abstaining costs recall.
    """
    probability = 1 / (1 + np.exp(-(scores * model.slope + model.offset)))
    threshold = dict(zip(CODES, map(float, model.threshold), strict=True))
    predicted = np.zeros(data.given.shape, dtype=bool)
    for number, line in enumerate(probability):
        values = dict(zip(CODES, map(float, line), strict=True))
        best = max(values, key=lambda code: values[code])
        if values[best] >= UNSURE:
            predicted[number, [CODES.index(code) for code in allowed(values, threshold, best)]] = True
    result = {code: figures(data.given[:, n], predicted[:, n], probability[:, n]) for n, code in enumerate(CODES)}
    for name, codes in GROUPS.items():
        chosen = [CODES.index(code) for code in codes]
        right, guess = (np.asarray(marks[:, chosen].any(axis=1), dtype=bool) for marks in (data.given, predicted))
        result[f"group:{name}"] = figures(right, guess)
    return result


def code_lines(figures_by_code: dict[str, LabelFigures]) -> list[str]:
    """The card by code as lines of a Markdown table; people's alpha beside, and whether rates of the code are shown."""
    lines = [
        "| code | precision | recall | F1 | kappa | prevalence | calibration error | people's alpha | shown |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for code, each in figures_by_code.items():
        facts = FACTS.get(code)
        known = facts.alpha if facts else None
        shown = "no" if each.f1 < BAR_F1 else "marked" if facts is None or facts.is_marked else "yes"
        cells = [each.precision, each.recall, each.f1, each.kappa, each.prevalence]
        error = "" if each.calibration is None else f"{each.calibration:.3f}"
        people_alpha = "unknown" if known is None else f"{known:.2f}"
        lines.append(f"| {code} | " + " | ".join(f"{cell:.2f}" for cell in cells) + f" | {error} | {people_alpha} | {shown} |")
    return lines


def shipped_lines() -> list[str]:
    """The card of the shipped weights, as it was written when they were built."""
    return [
        "Held-out cases of the open bank, five folds by case. A language model labelled it; nobody's talk is in it.",
        "",
        *code_lines({name: LabelFigures(**each) for name, each in card().items()}),
        "",
    ]


def annomi_lines(folder: Path, coder: CodesTexts) -> list[str]:
    """The exam on AnnoMI as Markdown: the coder retrained on ten folds by transcript, the given coder, known groups."""
    rows = utterances(folder)
    right = np.array([BEHAVIOURS.index(each.behaviour) for each in rows])
    coded = coder.code_all([(each.text, each.previous) for each in rows])
    shipped = np.array([BEHAVIOURS.index(each.behaviour or "other") for each in coded])
    again = retrained(rows)
    units = people(folder)
    lines = [
        f"AnnoMI: {len(rows)} utterances of {len({each.transcript for each in rows})} transcripts. "
        f"People: alpha {alpha(units['main']):.2f} on the main behaviour, {len(units['main'])} utterances coded by ten people.",
        "",
        "| behaviour | prevalence | people's alpha | retrained P | R | F1 | kappa | this coder P | R | F1 | kappa |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    human = {name: _one_against_rest(units["main"], name) for name in BEHAVIOURS}
    for number, name in enumerate(BEHAVIOURS):
        first, second = (figures(right == number, guess == number) for guess in (again, shipped))
        cells = [first.prevalence, human[name]]
        cells += [value for each in (first, second) for value in (each.precision, each.recall, each.f1, each.kappa)]
        lines.append(f"| {name} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
    for title, guess in (("Retrained, ten folds by transcript", again), ("This coder, never trained on it", shipped)):
        lines += ["", f"{title}: macro-F1 {macro_f1(right, guess):.3f}, kappa {kappa(right, guess):.3f}."]
    abstained = sum(not each.codes for each in coded) / len(coded)
    lines += [f"This coder gives no code to {abstained:.1%} of the utterances; no behaviour counts as `other`.", ""]
    for title, guess in (("retrained", again), ("this coder", shipped), ("people's labels", right)):
        lines.append(f"Known groups, share of reflections minus input, {title}: AUC {_known_groups(rows, guess)}.")
    lines.append(f"Known groups, fewer words an utterance: AUC {_turn_length(rows)}.")
    return lines


def macro_f1(right: NDArray[np.intp], guess: NDArray[np.intp]) -> float:
    """The mean F1 of the four behaviours."""
    return float(np.mean([figures(right == number, guess == number).f1 for number in range(len(BEHAVIOURS))]))


def _one_against_rest(units: Sequence[Sequence[str]], name: str) -> float:
    wanted = "therapist_input" if name == "input" else name
    return alpha([[value == wanted for value in unit] for unit in units])


def _known_groups(rows: Sequence[Utterance], guess: NDArray[np.intp]) -> str:
    sign = np.zeros(len(BEHAVIOURS))
    sign[[BEHAVIOURS.index("reflection"), BEHAVIOURS.index("input")]] = 1, -1
    return _separation(rows, sign[guess])


def _turn_length(rows: Sequence[Utterance]) -> str:
    # Good counselors speak less, so the sign is turned: a value above one half tells the groups apart.
    return _separation(rows, np.array([-float(len(each.text.split())) for each in rows]))


def _separation(rows: Sequence[Utterance], values: Floats) -> str:
    """How well the mean of a value over a transcript tells high from low quality, with its 95% interval."""
    names = np.array([each.transcript for each in rows])
    high_names = {each.transcript for each in rows if each.is_high}
    means = {name: float(values[names == name].mean()) for name in sorted(set(names.tolist()))}
    high = np.array([mean for name, mean in means.items() if name in high_names])
    low = np.array([mean for name, mean in means.items() if name not in high_names])
    bounds = auc_interval(high, low)
    return f"{auc(high, low):.2f} [{bounds[0]:.2f}, {bounds[1]:.2f}]"
