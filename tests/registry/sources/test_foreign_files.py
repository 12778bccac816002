"""Data files as they are: what is not the data, or holds what no row can hold, is an error that names the file."""

from __future__ import annotations

import datetime
import decimal
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.cards.lock import lock
from counsel_leaderboard.registry.cli.data_commands import data
from counsel_leaderboard.registry.common.errors import DataError, UnsafePathError
from counsel_leaderboard.registry.sources.archives import unpacked
from counsel_leaderboard.registry.sources.table_files import table_rows

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


def parquet(*columns: tuple[str, Any]) -> bytes:
    out = io.BytesIO()
    table = pyarrow.Table.from_arrays([pyarrow.array(values) for _, values in columns], names=[name for name, _ in columns])
    pyarrow.parquet.write_table(table, out)
    return out.getvalue()


NO_DATA = [
    ("rows.csv", POINTER, "Git LFS pointer"),
    ("rows.csv", b"<!DOCTYPE html><title>Sign in</title>", "web page"),
    ("rows.jsonl", POINTER, "Git LFS pointer"),
    ("rows.json", b"\xef\xbb\xbf\n <HTML><body>", "web page"),
    ("rows.parquet", POINTER, "Git LFS pointer"),
    ("rows.csv", b"<?xml version='1.0'?><Error>AccessDenied</Error>", "web page"),
]
NO_ROWS = [
    ("rows.csv", b"a,a\n1,2\n", "'a' occurs twice"),
    ("rows.csv", b"id,text,id\n1,2,3\n", "'id' occurs twice"),
    ("rows.parquet", parquet(("a", [1]), ("a", [2])), "'a' occurs twice"),
    ("rows.parquet", parquet(("at", [datetime.datetime(2026, 1, 1)])), "row 1: 'at' is a datetime"),
    ("rows.parquet", parquet(("raw", [b"x"])), "row 1: 'raw' is a bytes"),
    ("rows.parquet", parquet(("sum", [decimal.Decimal("1.5")])), "row 1: 'sum' is a Decimal"),
    ("rows.parquet", parquet(("x", [1.0, float("nan")])), "row 2: 'x' is nan"),
    ("rows.parquet", parquet(("x", [[1.0, float("inf")]])), "row 1: 'x' is inf"),
    ("rows.parquet", parquet(("day", [datetime.date(2026, 1, 1)])), "row 1: 'day' is a date"),
    ("rows.jsonl", b'{"a": NaN}\n', "line 1: .*NaN"),
    ("rows.jsonl", b'{"a": 1}\n{"a": [-Infinity]}\n', "line 2: .*Infinity"),
    ("rows.json", b'[{"a": NaN}]', "NaN"),
    ("rows.jsonl", b'{"a": "\\ud800"}\n', "line 1: .*surrogate"),
    ("rows.jsonl", b'{"\\udfff": "a"}\n', "line 1: .*surrogate"),
    ("rows.json", b'[{"a": ["\\ud83d"]}]', "surrogate"),
    ("rows.jsonl", b"[" * 100_000 + b"]" * 100_000, "line 1: "),
    ("rows.jsonl", b'{"a": ' * 90 + b"1" + b"}" * 90, "levels deep"),
]


@pytest.mark.parametrize(("name", "content", "named"), [*NO_DATA, *NO_ROWS])
def test_what_is_no_row_is_named(tmp_path: Path, name: str, content: bytes, named: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"^{name}.*{named}"):
        list(table_rows(name, tmp_path / name))


def test_a_whole_pair_of_surrogates_is_a_character(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"a": "\\ud83d\\ude00"}\n')
    assert list(table_rows("rows.jsonl", tmp_path / "rows.jsonl")) == [{"a": "\N{GRINNING FACE}"}]


@pytest.mark.parametrize(("name", "content", "named"), NO_DATA)
def test_lock_refuses_a_stand_in(world: Any, name: str, content: bytes, named: str) -> None:
    (world.mirror / "toy").mkdir(exist_ok=True)
    (world.mirror / "toy" / name).write_bytes(content)
    world.card(splits=[{"name": "test", "files": [{"path": name}]}])
    with pytest.raises(DataError, match=named):
        lock("toy", world.cards)


@pytest.mark.parametrize(("name", "content", "named"), [NO_ROWS[0], NO_ROWS[3], NO_ROWS[6], NO_ROWS[9], NO_ROWS[12]])
def test_one_such_card_ends_no_command_for_the_others(world: Any, name: str, content: bytes, named: str) -> None:
    from counsel_leaderboard.registry.near_duplicates.minhash import local_splits

    world.mirrored("good/data/rows.jsonl", world.ROWS)
    world.card("good", splits=world.split())
    world.mirrored(f"bad/{name}", content)
    world.card("bad", splits=world.split(content, name))
    problems: list[str] = []
    assert [loaded.name for loaded in local_splits(world.cards, problems.append)] == ["good"]
    assert problems[0].startswith("bad: ")
    for verb in ("verify", "lock"):
        result = CliRunner().invoke(data, ["--cards", str(world.cards), verb])
        assert isinstance(result.exception, DataError), result.exception
        assert "good" in result.output


def zipped(change: Callable[[zipfile.ZipFile], object]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("data/rows.jsonl", b'{"a": 1}\n')
        change(archive)
    return out.getvalue()


@pytest.mark.parametrize("beside", ["__MACOSX/data/._rows.jsonl", "__MACOSX/._x.jsonl", "data/._rows.jsonl", "data/.DS_Store"])
def test_what_macos_packs_beside_the_files_is_left_out(tmp_path: Path, beside: str) -> None:
    (tmp_path / "x.zip").write_bytes(zipped(lambda archive: archive.writestr(beside, b"\0\5\x16\7")))
    with unpacked([("x.zip", tmp_path / "x.zip")], None) as files:
        assert [name for name, _ in files] == ["data/rows.jsonl"]


def encrypted() -> bytes:
    raw = bytearray(zipped(lambda _: None))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(signature) + offset] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (encrypted(), "encrypted"),
        (zipped(lambda archive: archive.writestr("a/" * 2000 + "x", b"")), "folders"),
        (zipped(lambda archive: archive.writestr("a" * 2000, b"")), "characters"),
        (zipped(lambda archive: archive.writestr("a/" * 40 + "x", b"")), "folders"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_named(tmp_path: Path, raw: bytes, named: str) -> None:
    (tmp_path / "x.zip").write_bytes(raw)
    with (
        pytest.raises((DataError, UnsafePathError), match=f"^x.zip: .*{named}"),
        unpacked([("x.zip", tmp_path / "x.zip")], None),
    ):
        pass
