"""How often solvers that see only the surface of texts tell the right answer of the open banks, by cross-validation.

    python benchmarks/surface_solvers.py [--out FILE]   minutes on two cores

Chance is 50% everywhere. The bound is the upper end of the 95% Wilson interval over pairs.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from typing import Any

from result_file import ResultFile, add_out_option

from counsel_leaderboard.registry.bank_checks.dialogue_rows import BOTH_SOUND
from counsel_leaderboard.registry.bank_checks.guessing import ATTACKS, guesses
from counsel_leaderboard.registry.bank_checks.rows import RANK_KINDS
from counsel_leaderboard.registry.bank_checks.texts import read, spoken

LIMIT = 0.6
NOTES = f"""Logistic regression and naive Bayes on length, punctuation, words, word pairs and characters; ten folds with both
texts of a pair in one fold, means over three shuffles. Bold: above {LIMIT:.0%}, chance and ten points.

Models choose between two replies in `rank` alone, judges in `judge-exam` and `judge-dialogues`; in `preference` a judge
compares the model's reply with the reference. In `response` nobody sees two replies, and points are for what a reply does.
The look-alikes say whether the client's words alone tell that nothing is wrong: a model that goes by them still has to write
the reply."""


def pairs() -> dict[str, list[tuple[str, str]]]:
    """The pairs of texts by what is to be told apart; the second of each is the flawed or the dangerous one."""
    return {
        "`rank`: the flawed reply": [(row["reference"], row["other"]) for row in read("rank") if row["kind"] != RANK_KINDS[-1]],
        "`preference`: the flawed reply": [(row["reference"], row["flawed"]) for row in read("preference")],
        "`judge-exam`: the flawed twin": [(row["sound"], row["flawed"]) for row in read("judge-exam")],
        "`judge-dialogues`: the plain reply": [
            (row["replies"]["sound"], row["replies"]["plain"]) for row in read("judge-dialogues") if row["flaw"] != BOTH_SOUND
        ],
        "`response`: the flawed reply": [(row["reference"], row["flawed"]) for row in read("response")],
        "`response`: a danger beside its look-alike": look_alikes(read("response")),
    }


def look_alikes(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the clients say in a look-alike and in a danger of the same kind, paired in the order of the file."""
    words: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for row in rows:
        words[row["kind"], row["benign"]].append(" ".join(spoken("response", row, "client")))
    kinds = sorted({kind for kind, _ in words})
    return [pair for kind in kinds for pair in zip(words[kind, True], words[kind, False], strict=False)]


def main() -> None:
    """Run every solver on every bank and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_out_option(parser, __file__)
    results = ResultFile("What surface solvers tell of the open banks", parser.parse_args().out)
    results.text(NOTES)
    for name, both in pairs().items():
        results.heading(f"{name}, {len(both)} pairs")
        results.table("features", "learner", "one text alone", "95% upper", "both side by side", "95% upper")
        for features, learner in ATTACKS:
            alone, beside = guesses(both, features, learner)
            cells = [cell for guess in (alone, beside) for cell in (percent(guess.accuracy), f"{guess.upper:.1%}")]
            results.row(features, learner, *cells)
    results.write()


def percent(share: float) -> str:
    """The share in percent, bold above the limit."""
    return f"**{share:.1%}**" if share > LIMIT else f"{share:.1%}"


if __name__ == "__main__":
    main()
