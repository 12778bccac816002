"""Mirror, then cache, then source; every byte checked; paths that stay where they belong."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile

import pytest

from counsel_leaderboard import registry
from counsel_leaderboard.registry.cards.catalog import card
from counsel_leaderboard.registry.common.errors import CardError, ChecksumError, DataError, UnsafePathError
from counsel_leaderboard.registry.sources.loading import load_split


def load(world, name="toy", split="test"):
    return load_split(card(name, world.cards), split, world.cards)


def test_fingerprint_is_the_documented_hash():
    # By hand: keys sorted, no spaces, characters as they are, one newline after each row.
    text = '{"a":1,"ö":[true,null]}\n{"b":"x"}\n'
    assert (
        registry.fingerprint([{"ö": [True, None], "a": 1}, {"b": "x"}]) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    )


def test_fingerprint_tells_order_and_values_apart():
    rows = [{"a": 1}, {"a": 2}]
    assert (
        len({registry.fingerprint(rows), registry.fingerprint(rows[::-1]), registry.fingerprint([{"a": 1}, {"a": "2"}])}) == 3
    )


def test_fingerprint_refuses_what_json_cannot_say():
    with pytest.raises(ValueError, match="JSON compliant"):
        registry.fingerprint([{"a": float("nan")}])


def test_rows_come_from_the_mirror_with_what_identifies_them(world):
    world.card(splits=world.split())
    world.mirrored("toy/data/rows.jsonl", world.ROWS)
    loaded = load(world)
    assert list(loaded.rows) == [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]
    assert (loaded.name, loaded.split, loaded.revision) == ("toy", "test", world.REVISION)
    assert loaded.fingerprint == registry.fingerprint(loaded.rows)


def test_the_mirror_is_asked_before_the_cache(world):
    world.card(splits=world.split())
    world.mirrored("toy/data/rows.jsonl", b"changed")
    world.cached("data/rows.jsonl", world.ROWS)
    with pytest.raises(ChecksumError, match="mirror"):
        load(world)


def test_the_cache_is_used_where_the_mirror_has_nothing(world):
    world.card(splits=world.split())
    world.cached("data/rows.jsonl", world.ROWS)
    assert len(load(world).rows) == 2


def test_a_changed_byte_is_named_with_both_checksums(world):
    world.card(splits=world.split())
    path = world.mirrored("toy/data/rows.jsonl", world.ROWS.replace(b"one", b"onE"))
    with pytest.raises(ChecksumError) as error:
        load(world)
    expected = hashlib.sha256(world.ROWS).hexdigest()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert all(part in str(error.value) for part in (str(path), expected, digest))


def test_a_file_without_checksum_is_not_used(world):
    world.card()
    world.mirrored("toy/data/rows.jsonl", world.ROWS)
    with pytest.raises(ChecksumError, match="counsel data lock toy"):
        load(world)


def test_rows_that_differ_from_the_recorded_ones_are_refused(world):
    world.card(splits=world.split(fingerprint=f"sha256:{'0' * 64}"))
    world.mirrored("toy/data/rows.jsonl", world.ROWS)
    with pytest.raises(ChecksumError, match=f"expected sha256:{'0' * 64}"):
        load(world)


def test_an_unknown_split_is_answered_with_the_known_ones(world):
    world.card(splits=world.split())
    with pytest.raises(CardError, match="its splits: test"):
        load(world, split="train")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'{"id": 1}\n{"id": ', "line 2"),
        (b'{"id": 1}\n[1]\n', "row 2: expected a JSON object"),
        (b'{"id": "\xff"}\n', "line 1"),
        (b'{"id": ' + b"[" * 99999, "line 1"),
        (b"\n\n", "no rows"),
        (b"", "no rows"),
    ],
)
def test_rows_that_cannot_be_read_are_named(world, content, named):
    world.card(splits=world.split(content))
    world.mirrored("toy/data/rows.jsonl", content)
    with pytest.raises(DataError, match=named):
        load(world)


def test_a_line_separator_inside_a_string_does_not_end_the_row(world):
    content = '{"id": "a", "text": "one\u2028two\u0085three"}\n'.encode()
    world.card(splits=world.split(content))
    world.mirrored("toy/data/rows.jsonl", content)
    assert load(world).rows[0]["text"] == "one\u2028two\u0085three"


@pytest.mark.parametrize("where", ["mirror", "cache"])
def test_a_link_out_of_the_folder_is_refused(world, tmp_path, where):
    world.card(splits=world.split())
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(world.ROWS)
    file = world.mirrored("toy/data/rows.jsonl", b"") if where == "mirror" else world.cached("data/rows.jsonl", b"")
    file.unlink()
    file.symlink_to(outside)
    with pytest.raises(UnsafePathError, match="leads out of"):
        load(world)


def test_a_dataset_folder_that_links_out_of_the_mirror_is_refused(world, tmp_path):
    world.card(splits=world.split())
    (tmp_path / "outside" / "data").mkdir(parents=True)
    (tmp_path / "outside" / "data" / "rows.jsonl").write_bytes(world.ROWS)
    (world.mirror / "toy").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafePathError, match="toy leads out of"):
        load(world)


def test_a_link_that_stays_inside_and_a_mirror_that_is_a_link_are_fine(world, tmp_path, monkeypatch):
    world.card(splits=world.split())
    real = world.mirrored("toy/data/real.jsonl", world.ROWS)
    (real.parent / "rows.jsonl").symlink_to(real)
    (tmp_path / "door").symlink_to(world.mirror)
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path / "door"))
    assert len(load(world).rows) == 2


def test_a_loop_of_links_and_a_mirror_that_is_no_folder_are_named(world, tmp_path, monkeypatch):
    world.card(splits=world.split())
    loop = world.mirror / "toy"
    loop.symlink_to(loop)
    with pytest.raises(UnsafePathError, match="cannot be followed"):
        load(world)
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path / "mistyped"))
    with pytest.raises(DataError, match="mistyped, which is not a folder"):
        load(world)


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(*infos):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for info, content in infos:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def archived(world, path, content, **more):
    world.card(splits=world.split(content, path, **more))
    world.mirrored(f"toy/{path}", content)


def test_members_of_an_archive_are_read_by_pattern_and_in_order(world):
    content = zipped({"b.jsonl": b'{"id": "b"}\n', "a.jsonl": b'{"id": "a"}\n', "README.md": b"no rows"})
    archived(world, "all.zip", content, members="*.jsonl")
    assert [row["id"] for row in load(world).rows] == ["a", "b"]


def test_members_of_a_tar_are_read(world):
    archived(world, "all.tar.gz", tarred((tarfile.TarInfo("deep/rows.jsonl"), world.ROWS)))
    assert len(load(world).rows) == 2


@pytest.mark.parametrize("name", ["../evil.jsonl", "/evil.jsonl", "a/../../evil.jsonl", "..\\evil.jsonl"])
def test_an_archive_with_a_path_that_leaves_it_is_refused(world, name):
    archived(world, "all.zip", zipped({"good.jsonl": world.ROWS, name: world.ROWS}))
    with pytest.raises(UnsafePathError, match="evil"):
        load(world)
    archived(world, "all.tar.gz", tarred((tarfile.TarInfo(name), world.ROWS)))
    with pytest.raises(UnsafePathError, match="evil"):
        load(world)


def test_links_in_archives_are_refused(world):
    link = tarfile.TarInfo("rows.jsonl")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
    archived(world, "all.tar.gz", tarred((link, b"")))
    with pytest.raises(UnsafePathError, match="the member 'rows"):
        load(world)
    info = zipfile.ZipInfo("rows.jsonl")
    info.external_attr = 0o120777 << 16
    archived(world, "all.zip", zipped({info: b"/etc/hostname"}))
    with pytest.raises(UnsafePathError, match="the member 'rows"):
        load(world)


@pytest.mark.parametrize("name", ["all.zip", "all.tar.gz"])
def test_an_archive_that_is_cut_is_named(world, name):
    whole = zipped({"a.jsonl": world.ROWS}) if name.endswith("zip") else tarred((tarfile.TarInfo("a.jsonl"), world.ROWS * 999))
    archived(world, name, whole[: len(whole) // 2])
    with pytest.raises(DataError, match=f"{name}: not a complete archive"):
        load(world)


def test_a_pattern_reads_the_files_of_the_list_beside_the_card(world):
    world.card(splits=[{"name": "train", "pattern": "data/train-*"}, {"name": "test", "pattern": "data/test-*"}])
    checksum = hashlib.sha256(world.ROWS).hexdigest()
    (world.cards / "toy.sha256").write_text(f"{checksum}  data/test-0.jsonl\n{checksum}  data/train-0.jsonl\n", "utf-8")
    world.mirrored("toy/data/test-0.jsonl", world.ROWS)
    assert len(load(world).rows) == 2
    world.mirrored("toy/data/train-0.jsonl", world.ROWS[:-1])
    with pytest.raises(ChecksumError, match="train-0"):
        load(world, split="train")


def test_a_pattern_that_is_not_locked_says_so(world):
    world.card(splits=[{"name": "test", "pattern": "data/*"}])
    with pytest.raises(CardError, match=r"not listed yet.*COUNSEL_MIRROR/toy.*counsel data lock toy"):
        load(world)


def test_gated_data_that_is_not_here_says_how_to_get_it(world):
    hub = {"kind": "hub", "id": "someone/toy", "revision": world.REVISION}
    world.card(source=hub, access="gated", splits=[{"name": "test", "pattern": "data/*"}])
    with pytest.raises(CardError, match=r"accept the terms of someone/toy .*HF_TOKEN.*COUNSEL_MIRROR/toy.*data lock toy"):
        load(world)


def test_a_damaged_list_of_checksums_is_named_by_line(world):
    world.card(splits=[{"name": "test", "pattern": "data/*"}])
    (world.cards / "toy.sha256").write_text(f"{'0' * 64}  data/a\n{'0' * 64}  ../b\n", "utf-8")
    with pytest.raises(CardError, match="line 2"):
        load(world)


def test_importing_the_registry_imports_no_dataset_library():
    heavy = "{'datasets', 'huggingface_hub', 'pyarrow', 'numpy', 'httpx'}"
    code = f"import sys, registry; registry.cards(); print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
