"""What a fit leaves behind: every parameter, the topics, and how good the instrument is."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from counsel_leaderboard.registry.common.closed import Closed

MACRO_F1: Final = 0.60
KAPPA: Final = 0.50

Share = Annotated[float, Field(ge=0, le=1)]
Correlation = Annotated[float, Field(ge=-1, le=1)]


class FitParameters(Closed):
    """The parameters of a fit; those that the published study leaves open are marked in docs/method/topics.md."""

    seed: int = 0
    n_neighbors: Annotated[int, Field(ge=2)] = 15
    n_components: Annotated[int, Field(ge=2)] = 5
    min_dist: Share = 0.0
    umap_metric: Literal["cosine"] = "cosine"
    min_cluster_size: Annotated[int, Field(ge=2)] = 40
    min_samples: Annotated[int, Field(ge=1)] = 5
    hdbscan_metric: Literal["euclidean"] = "euclidean"
    cluster_selection: Literal["leaf", "eom"] = "leaf"
    curated_similarity: Share
    """Cosine from which on a remark goes to a curated topic before the others are clustered."""


class TopicEntry(Closed):
    """One topic: its name, group, most typical words, and how many remarks of the corpora it has."""

    name: str
    group: str
    curated: bool
    similarity: Correlation
    """Cosine with the nearest curated topic, which gave the group; 1 for a curated topic."""
    words: tuple[str, ...]
    remarks: Annotated[int, Field(ge=0)]


class SubjectSeparation(Closed):
    """Whether topics tell the labelled subjects of whole conversations apart: adjusted mutual information, by remark.

    `shuffled`: the highest value of `shuffles` fits with the subjects dealt anew to whole conversations.
    """

    corpus: str
    subjects: int
    remarks: int
    information: float
    shuffled: float
    shuffles: int

    @property
    def is_separated(self) -> bool:
        """Whether no shuffle reaches the value."""
        return self.information > self.shuffled


class InstrumentChecks(Closed):
    """How good the instrument is; `passes` decides whether anything is shown."""

    bank: str
    """Name and fingerprint of the labelled remarks."""
    macro_f1: Share
    kappa: Correlation
    kappa_low: Correlation
    by_group: dict[str, Share]
    """F1 of each group."""
    labels_kappa: Correlation
    """Cohen's kappa of the bank's two readings, both by one language model."""
    largest_group: str
    largest_share: Share
    """Of the corpora's remarks, those in the group that has most."""
    abstained: Share
    """Of the corpora's different remarks, those near no topic."""
    clustering_outliers: Share
    """Of the corpora's different remarks, those that clustering left out; assignment gives most of them the nearest topic."""
    coherence: float
    diversity: Share
    seeds: int
    stability: float | None
    """Mean adjusted Rand index of the remarks' topics over all pairs of seeds; None for a single seed."""
    stability_lowest: float | None
    same_group: float | None
    """Share of remarks that two seeds assign to the same group, mean over all pairs."""
    matching: float | None
    """Mean cosine of topics matched to each other between two seeds, over all pairs; curated topics are left out."""
    subjects: SubjectSeparation | None = None

    @property
    def faults(self) -> tuple[str, ...]:
        """What keeps the instrument from being used, in words."""
        return tuple(
            f"{name} {value:.2f} is below {floor:.2f}"
            for name, value, floor in (
                ("the macro-F1 of its groups", self.macro_f1, MACRO_F1),
                ("the lower limit of kappa", self.kappa_low, KAPPA),
            )
            if value < floor
        )

    @property
    def passes(self) -> bool:
        """Whether groups of topics are told apart well enough to be shown."""
        return not self.faults


class TopicFit(Closed):
    """One fit, `topics/fit.json` of a home folder. `corpora`: remarks of each source. `vectors_sha256`: of `vectors.npy`."""

    schema_version: Literal[1] = 1
    fitted_at: str
    embedding: str
    map_version: str
    abstain: Share
    nearest: Share
    parameters: FitParameters
    versions: dict[str, str]
    corpora: dict[str, int]
    seconds: float
    vectors_sha256: str
    topics: tuple[TopicEntry, ...] = Field(min_length=1)
    checks: InstrumentChecks

    @property
    def id(self) -> str:
        """First 16 digits of the vectors' checksum, by which results name the fit."""
        return self.vectors_sha256[:16]
