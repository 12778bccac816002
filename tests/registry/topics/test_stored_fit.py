"""A stored fit is read whole or refused with the next step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.topics import stored_fit
from tests.support.topics import WordEmbedding, store_fit


def test_a_fit_assigns_groups_and_abstains(tmp_path: Path) -> None:
    store_fit(tmp_path)
    fit = stored_fit.read(tmp_path)
    texts = ["Before the exam", "Your sister called", "What comes next?"]
    assert fit.groups_of(texts, WordEmbedding()).tolist() == ["work", "relationships", "other"]
    assert fit.topics_of(np.stack([WordEmbedding()(text) for text in texts])).tolist() == [3, 2, -1]
    assert fit.groups_of([], WordEmbedding()).tolist() == []


def test_another_embedding_is_refused(tmp_path: Path) -> None:
    fit = store_fit(tmp_path)
    other = WordEmbedding()
    other.name = "letters"
    with pytest.raises(DataError, match="fitted with words, not with letters"):
        fit.groups_of(["exam"], other)


def test_a_home_without_a_fit(tmp_path: Path) -> None:
    assert stored_fit.record_of(tmp_path) is None
    assert stored_fit.page(tmp_path, "map") is None
    with pytest.raises(DataError, match="Run: counsel topics fit banks"):
        stored_fit.read(tmp_path)


def test_vectors_of_another_fit_are_refused(tmp_path: Path) -> None:
    store_fit(tmp_path)
    np.save(tmp_path / stored_fit.FOLDER / stored_fit.VECTORS, np.ones((5, 6), dtype=np.float32))
    with pytest.raises(DataError, match="the vectors of another fit"):
        stored_fit.read(tmp_path)


@pytest.mark.parametrize("name", [stored_fit.VECTORS, stored_fit.RECORD])
def test_a_broken_file_is_refused(tmp_path: Path, name: str) -> None:
    store_fit(tmp_path)
    (tmp_path / stored_fit.FOLDER / name).write_bytes(b"{}")
    with pytest.raises(DataError, match="Run `counsel topics fit` again"):
        stored_fit.read(tmp_path)


def test_only_pages_that_are_stored_are_given(tmp_path: Path) -> None:
    store_fit(tmp_path)
    assert stored_fit.page(tmp_path, "map") == tmp_path / "topics" / "map.html"
    assert stored_fit.page(tmp_path, "bars") is None
    assert stored_fit.page(tmp_path, "../topics/map") is None
