"""Archives that mean harm, and archives that are whole: what reaches the disk, and the error that says why not."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from counsel_leaderboard.registry.common.untrusted.extraction import (
    BrokenArchiveError,
    ExtractionError,
    ExtractionLimits,
    RepeatedMemberError,
    TooManyBytesError,
    TooManyMembersError,
    UnsafeMemberError,
    extract,
)

LIMITS = ExtractionLimits(members=5, bytes=1000)


def tar(files: Mapping[str, bytes], mode: str = "w:gz", **info: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, raw in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(raw)
            for key, value in info.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(raw))
    return out.getvalue()


def zipped(files: Mapping[str, bytes], mode: int = 0, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, raw)
    return out.getvalue()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "in" / "target"


def unpacked(tmp_path: Path, raw: bytes, target: Path, only: str = "") -> list[str]:
    archive = tmp_path / "archive"
    archive.write_bytes(raw)
    return extract(archive, target, LIMITS, lambda name: name if only in name else None)


WHOLE = {"a.txt": b"one", "deep/b.txt": b"two"}
PACKED = {
    **{f"tar {mode}": tar(WHOLE, mode) for mode in ("w", "w:gz", "w:bz2", "w:xz")},
    **{f"zip {way}": zipped(WHOLE, method=way) for way in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)},
}


@pytest.mark.parametrize("raw", PACKED.values(), ids=PACKED)
def test_a_whole_archive_comes_out_whole(tmp_path: Path, target: Path, raw: bytes) -> None:
    assert unpacked(tmp_path, raw, target) == ["a.txt", "deep/b.txt"]
    assert {str(file.relative_to(target)): file.read_bytes() for file in target.rglob("*.txt")} == WHOLE


def test_what_is_not_wanted_is_not_written(tmp_path: Path, target: Path) -> None:
    assert unpacked(tmp_path, tar(WHOLE), target, only="deep") == ["deep/b.txt"]
    assert [file.name for file in target.rglob("*") if file.is_file()] == ["b.txt"]


OUTSIDE = ["../evil", "/evil", "a/../../evil", "..\\evil", "C:\\evil", "C:evil", ".."]
HARMFUL = {
    **{f"tar {name}": (tar({name: b"x"}), UnsafeMemberError) for name in OUTSIDE},
    **{f"zip {name}": (zipped({name: b"x"}), UnsafeMemberError) for name in OUTSIDE},
    "symbolic link": (tar({"a": b""}, type=tarfile.SYMTYPE, linkname="/etc/hostname"), UnsafeMemberError),
    "hard link": (tar({"a": b""}, type=tarfile.LNKTYPE, linkname="b"), UnsafeMemberError),
    "device": (tar({"a": b""}, type=tarfile.CHRTYPE), UnsafeMemberError),
    "link in a zip": (zipped({"a": b"/etc/hostname"}, 0o120777), UnsafeMemberError),
    "too many files": (tar({f"{number}": b"" for number in range(6)}), TooManyMembersError),
    "too many files in a zip": (zipped({f"{number}": b"" for number in range(6)}), TooManyMembersError),
    "too many folders": (tar({f"{number}": b"" for number in range(99)}, type=tarfile.DIRTYPE), TooManyMembersError),
    "bytes of one": (tar({"a": b"\0" * 100_000}), TooManyBytesError),
    "bytes of all": (zipped({"a": b"\0" * 600, "b": b"\0" * 600}), TooManyBytesError),
    "one file by two names": (tar({"a": b"1", "./a": b"2"}), RepeatedMemberError),
    "nothing": (b"", BrokenArchiveError),
    "something else": (b"x" * 5000, BrokenArchiveError),
    **{f"{name}, cut": (raw[: len(raw) // 3], BrokenArchiveError) for name, raw in PACKED.items() if name != "tar w"},
    "changed inside": (zipped(WHOLE, method=zipfile.ZIP_STORED).replace(b"one", b"two", 1), BrokenArchiveError),
}


@pytest.mark.parametrize(("raw", "error"), HARMFUL.values(), ids=HARMFUL)
def test_harm_is_refused_by_name_and_stays_inside(
    tmp_path: Path, target: Path, raw: bytes, error: type[ExtractionError]
) -> None:
    with pytest.raises(error):
        unpacked(tmp_path, raw, target)
    assert {file.name for file in tmp_path.rglob("*") if file.is_file() and target not in file.parents} == {"archive"}
    assert sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) <= LIMITS.bytes
    assert not any(file.is_symlink() for file in tmp_path.rglob("*"))


def test_a_disk_that_refuses_is_not_taken_for_a_broken_archive(tmp_path: Path, target: Path) -> None:
    target.parent.mkdir()
    target.write_text("a file where the folder should be")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        unpacked(tmp_path, tar(WHOLE), target)
