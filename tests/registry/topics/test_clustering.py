"""The real BERTopic, without torch: a fit, its instrument, its pages, and that assignment is BERTopic's own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.embeddings.minilm import minilm
from counsel_leaderboard.registry.topics import clustering, corpora, stored_fit
from counsel_leaderboard.registry.topics.fitting import FittedTopics, fit_topics
from counsel_leaderboard.registry.topics.groups import GROUPS, OTHER, group_map, nearest_topic
from counsel_leaderboard.registry.topics.record import FitParameters
from counsel_leaderboard.registry.topics.remarks import Remark

pytestmark = [pytest.mark.topics, pytest.mark.filterwarnings("default")]  # UMAP and numba warn of their own affairs


@pytest.fixture(scope="module")
def remarks() -> list[Remark]:
    return list(corpora.banks())


@pytest.fixture(scope="module")
def fitted(remarks: list[Remark]) -> FittedTopics:
    return fit_topics(remarks, group_map(), minilm(), FitParameters(curated_similarity=group_map().curated), 2, print)


def test_the_instrument_passes_on_our_banks_alone(fitted: FittedTopics) -> None:
    checks = fitted.fit.checks
    assert checks.passes, checks.faults
    assert checks.labels_kappa > 0.9
    assert checks.largest_share < 0.5
    assert checks.seeds == 2
    assert checks.stability is not None


def test_neither_torch_nor_sentence_transformers_is_loaded(fitted: FittedTopics) -> None:
    assert fitted.fit.embedding == "all-MiniLM-L6-v2-int8"
    assert not {"torch", "sentence_transformers"} & set(sys.modules)


def test_every_topic_has_words_and_a_group(fitted: FittedTopics) -> None:
    topics = fitted.fit.topics
    assert {topic.group for topic in topics} <= set(GROUPS)
    assert all(topic.words for topic in topics)
    curated = group_map().topics
    assert all(topic.group == curated[topic.name] for topic in topics if topic.curated)
    far = [topic for topic in topics if topic.similarity < group_map().nearest]
    assert all(topic.group == OTHER for topic in far)
    assert len(topics) == len(fitted.vectors)


def test_the_same_seed_gives_the_same_fit(remarks: list[Remark], fitted: FittedTopics) -> None:
    again = fit_topics(remarks, group_map(), minilm(), fitted.fit.parameters, 1, print)
    assert again.fit.id == fitted.fit.id
    assert again.fit.topics == fitted.fit.topics


def test_assignment_is_bertopics_own(remarks: list[Remark], fitted: FittedTopics) -> None:
    """BERTopic counts its outliers as a topic; where it does not choose that, both choose the same."""
    texts = [remark.text for remark in remarks[::25]]
    vectors = np.stack([minilm()(text) for text in texts])
    theirs = np.array(fitted.model.transform(texts, vectors)[0])
    own = nearest_topic(vectors, fitted.vectors, 0.0)[0]
    assert (theirs >= 0).mean() > 0.5
    assert own[theirs >= 0].tolist() == theirs[theirs >= 0].tolist()


def test_the_fit_is_stored_with_pages_that_need_no_network(fitted: FittedTopics, tmp_path: Path) -> None:
    stored_fit.save(fitted, tmp_path)
    assert stored_fit.read(tmp_path).fit == fitted.fit
    for name in clustering.PAGES:
        page = stored_fit.page(tmp_path, name)
        assert page is not None
        text = page.read_text("utf-8")
        assert "Plotly.newPlot" in text
        assert '<script src="http' not in text


def test_too_few_remarks_are_refused(remarks: list[Remark]) -> None:
    with pytest.raises(DataError, match="too few for topics"):
        fit_topics(remarks[:100], group_map(), minilm(), FitParameters(curated_similarity=0.4), 1, print)
