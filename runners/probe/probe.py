"""One contamination probe: compares every open bank with its control, and asks for the canary."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

import polars as pl

from counsel_leaderboard import registry
from counsel_leaderboard.leaderboard.board.contamination import BankProbe, Canary, Probe, paired, unpaired
from counsel_leaderboard.registry.private.ledger import Ledger
from counsel_leaderboard.runners.engines.base import EngineSpec
from counsel_leaderboard.runners.errors import RunError
from counsel_leaderboard.runners.probe.continuations import PROMPT_VERSION, Prefix, answers
from counsel_leaderboard.runners.probe.passages import Passage, passages
from counsel_leaderboard.runners.probe.recall import Grams, grams, recall

BANKS = ("preference", "psyllm", "response", "stigma", "trajectory")
CANARY = re.compile(r"^(.*canary [0-9a-f]+-)([0-9a-f-]+)")  # the model sees it up to the first dash of the identifier
CANARY_TOKENS = 64

OnProgress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Material:
    """The passages of one bank, and those of its private slice if one is in use on this machine."""

    bank: str
    fingerprint: str
    canary: str
    open_passages: Sequence[Passage]
    private: Sequence[Passage] = ()
    slice: str | None = None

    @property
    def all_passages(self) -> list[Passage]:
        """All passages, those of the open bank first."""
        return [*self.open_passages, *self.private]


def material(bank: str, ledger: Ledger, limit: int | None = None) -> Material:
    """The passages of an open bank: at most `limit`, spread evenly. Raises PrivateError if the slice differs from its seal."""
    loaded = registry.load(f"open-{bank}")
    rows = loaded.rows if limit is None else loaded.rows[:: max(1, len(loaded.rows) // limit)][:limit]
    commitment = ledger.in_use(bank, datetime.now(UTC).date())
    private = passages(bank, ledger.opening(commitment).rows) if commitment else []
    digest = commitment.digest if commitment and private else None
    return Material(bank, loaded.fingerprint, str(rows[0]["canary"]), passages(bank, rows), private, digest)


def probe(spec: EngineSpec, materials: Sequence[Material], on_progress: OnProgress = lambda _done, _total: None) -> Probe:
    """Ask the model and compare its answers. Raises RunError as engines do, or if the model answered no request of a bank."""
    match = CANARY.match(materials[0].canary)
    if match is None:
        raise RunError(f"the bank {materials[0].bank} has no canary in the expected form: {materials[0].canary!r}")
    start, digits = match.groups()
    prefixes = [
        Prefix(start, CANARY_TOKENS),
        *(_prefix(passage) for material in materials for passage in material.all_passages),
    ]
    with spec.serve() as served:
        replies = iter(answers(served, prefixes, on_progress))
    canary = Canary(shown=start, digits=sum(char != "-" for char in digits), recalled=digits in (next(replies) or ""))
    banks = tuple(compared(material, [next(replies) for _ in material.all_passages]) for material in materials)
    return Probe(
        model=spec.model, engine=spec.describe(), probed_at=datetime.now(UTC).replace(microsecond=0),
        prompt_version=PROMPT_VERSION, banks=banks, canary=canary,
    )  # fmt: skip


def _prefix(passage: Passage) -> Prefix:
    return Prefix(passage.first_half, 16 + 2 * len(passage.second_half.split()))


def compared(material: Material, replies: Sequence[str | None]) -> BankProbe:
    """The result for one bank; `replies` in the order of `all_passages`. Raises RunError if either side got none."""
    answered = [
        (passage, grams(text)) for passage, text in zip(material.all_passages, replies, strict=True) if text is not None
    ]
    open_answers = [pair for pair in answered if pair[0] in material.open_passages]
    private_answers = [pair for pair in answered if pair[0] not in material.open_passages]
    if not open_answers or (material.private and not private_answers):
        raise RunError(f"the model answered none of the requests of {material.bank}; there is nothing to compare.")
    control, (difference, low, high), n_control = (
        _against_private(open_answers, private_answers) if private_answers else _against_others(open_answers)
    )
    return BankProbe(
        bank=material.bank, fingerprint=material.fingerprint, control="private slice" if private_answers else "other items",
        slice=material.slice, n_items=len(open_answers), n_control=n_control, n_unanswered=len(replies) - len(answered),
        recall=fmean(recall(text, grams(passage.second_half)) for passage, text in open_answers), control_recall=control,
        difference=difference, low=low, high=high,
    )  # fmt: skip


Answered = list[tuple[Passage, Grams]]
Compared = tuple[float, tuple[float, float | None, float | None], int]


def _against_private(open_answers: Answered, private_answers: Answered) -> Compared:
    mean = fmean(recall(text, grams(passage.second_half)) for passage, text in private_answers)
    return mean, unpaired(_frame(open_answers), _frame(private_answers)), len(private_answers)


def _against_others(open_answers: Answered) -> Compared:
    """Compare each answer with the second halves of all other clusters: the recall that style and topic alone produce."""
    rests = [(passage.cluster, grams(passage.second_half)) for passage, _ in open_answers]
    expected = [
        fmean([recall(text, rest) for cluster, rest in rests if cluster != passage.cluster] or [0.0])
        for passage, text in open_answers
    ]
    frame = _frame(open_answers)
    return fmean(expected), paired(frame.with_columns(value=frame["value"] - pl.Series(expected))), len(open_answers)


def _frame(answered: Answered) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "item": [passage.item for passage, _ in answered],
            "cluster": [passage.cluster for passage, _ in answered],
            "value": [recall(text, grams(passage.second_half)) for passage, text in answered],
        }
    )
