"""A cache folder of a test's own, which shares nothing with others but the vectors of texts."""

from __future__ import annotations

from pathlib import Path


def new_cache(folder: Path, vectors: Path) -> Path:
    """A new `$COUNSEL_CACHE`. Computed vectors are stored in `vectors`, so that no other test computes them again."""
    folder.mkdir()
    (folder / "embeddings").symlink_to(vectors, target_is_directory=True)
    return folder
