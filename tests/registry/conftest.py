"""Small invented datasets, a mirror, a cache and a home of their own for each test, and a source on the loopback interface."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from counsel_leaderboard.registry.cards.catalog import cards_from
from tests.support.file_source import source  # noqa: F401 - a fixture

REVISION = "0123456789abcdef0123456789abcdef01234567"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def card_fields(name: str = "toy", **changes: Any) -> dict[str, Any]:
    """A valid card of an invented dataset, with fields changed; a change to None takes the field away."""
    fields: dict[str, Any] = {
        "name": name,
        "title": "Toy",
        "summary": "An invented dataset.",
        "citation": "unknown",
        "source": {"kind": "repository", "id": "someone/toy", "url": "https://example.org/someone/toy", "revision": REVISION},
        "mirror": name,
        "licence": {"text": {"name": "MIT", "evidence": "file"}, "code": {"name": "MIT", "evidence": "file"}},
        "owner": "someone",
        "consent": {"basis": "no real people"},
        "origin": "synthetic",
        "deidentification": {"state": "not needed"},
        "languages": ["en"],
        "size": "2 rows",
        "splits": [{"name": "test", "files": [{"path": "data/rows.jsonl"}]}],
        "access": "open",
        "permitted_uses": ["evaluation"],
        "redistribute": "yes",
        "redistribute_reason": "MIT",
        "use": "tests",
        "standing": "there",
        "checked": "2026-11-01",
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


class World:
    """A folder of cards, a mirror and a cache."""

    REVISION = REVISION
    ROWS = b'{"id": "a", "text": "one"}\n{"id": "b", "text": "two"}\n'

    def __init__(self, root: Path) -> None:
        self.cards = root / "cards"
        self.mirror = root / "mirror"
        self.cache = root / "cache"
        for folder in (self.cards, self.mirror, self.cache):
            folder.mkdir()

    def card(self, name: str = "toy", **changes: Any) -> Path:
        path = self.cards / f"{name}.yaml"
        path.write_text(yaml.safe_dump(card_fields(name, **changes), sort_keys=False, allow_unicode=True), "utf-8")
        return path

    def split(self, content: bytes = ROWS, path: str = "data/rows.jsonl", **more: Any) -> list[dict[str, Any]]:
        """`splits` of a card with one file of this content."""
        return [{"name": "test", "files": [{"path": path, "sha256": sha256(content)}], **more}]

    def mirrored(self, path: str, content: bytes) -> Path:
        file = self.mirror / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def cached(self, path: str, content: bytes, name: str = "toy") -> Path:
        file = self.cache / "datasets" / name / REVISION / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def cache_files(self) -> list[str]:
        return sorted(path.relative_to(self.cache).as_posix() for path in self.cache.rglob("*") if path.is_file())


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    new_world = World(tmp_path)
    monkeypatch.setenv("COUNSEL_MIRROR", str(new_world.mirror))
    monkeypatch.setenv("COUNSEL_CACHE", str(new_world.cache))
    monkeypatch.setenv("COUNSEL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    return new_world


@pytest.fixture
def banks_beside_the_cards(world: World) -> Iterator[None]:
    """Open banks are those of `open/` beside the cards of `world`."""
    with cards_from(world.cards):
        yield
