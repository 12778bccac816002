"""Archives that are no run: damaged, hostile, of another request."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import Any

from tests.support.uploads import tar


def archives(files: dict[str, bytes]) -> dict[str, bytes]:
    """Archives that must be refused, each for its own reason: `files` is a run, of a worker or of an author's own."""

    def with_member(change: dict[str, Any], name: str = "samples_x.jsonl") -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            info = tarfile.TarInfo(name)
            for key, value in change.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(b"x" * info.size))
        return out.getvalue()

    def zipped(name: str, raw: bytes = b"{}", mode: int = 0o100644, method: int = zipfile.ZIP_DEFLATED) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, method
            archive.writestr(info, raw)
        return out.getvalue()

    names = [
        "../request.json", "/request.json", "a/../request.json", "a/b/request.json", "request.json/../x", ".ssh/request.json",
        "samples_\n.jsonl", "results_.py", "evil.sh", "..", "samples_a\\b.jsonl", "C:\\request.json", "samples_\udcff.jsonl",
        "samples_" + "a" * 300 + ".jsonl",
    ]  # fmt: skip
    return {
        **{f"tar {name!r}": with_member({}, name) for name in names},
        **{f"zip {name!r}": zipped(name) for name in names if "\udcff" not in name and "\n" not in name},
        "symlink": with_member({"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        "hardlink": with_member({"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}),
        "device": with_member({"type": tarfile.CHRTYPE}),
        "block device": with_member({"type": tarfile.BLKTYPE}),
        "fifo": with_member({"type": tarfile.FIFOTYPE}),
        "link upwards": with_member({"type": tarfile.SYMTYPE, "linkname": "../../counsel.duckdb"}, "request.json"),
        "sparse size": with_member({})[:124] + b"77777777777\0" + with_member({})[136:],
        "zip symlink": zipped("request.json", b"/etc/passwd", 0o120777),
        "empty": b"",
        "not an archive": b"x" * 5000,
        "empty tar": tar({}),
        "cut off": tar(files)[:-200],
        "cut off plain": tar(files, "w")[:1500],
        "zip cut off": zipped("request.json", b"{}" * 900)[:-30],
        "many": tar({f"samples_{number}.jsonl": b"" for number in range(300)}),
        "twice": _twice(),
        "bomb": tar({"samples_x.jsonl": b"\0" * 9_000_000}),
        "zip bomb": zipped("samples_x.jsonl", b"\0" * 9_000_000),
        "no results": tar({name: raw for name, raw in files.items() if not name.startswith("results")}),
        "results changed": tar({name: raw.replace(b"0.5", b"0.75") for name, raw in files.items()}),
        "samples are no samples": tar({name: b"{}\n" if name.startswith("samples") else raw for name, raw in files.items()}),
        "NUL in samples": tar({name: raw + b"\0" if name.startswith("samples") else raw for name, raw in files.items()}),
        "latin-1": tar({name: raw + b"\xff" for name, raw in files.items()}),
        "results are no JSON": tar({name: b"{" if name.startswith("results") else raw for name, raw in files.items()}),
        "results are a list": tar({name: b"[]" if name.startswith("results") else raw for name, raw in files.items()}),
        "nested": tar({name: b"[" * 50_000 if name.startswith("results") else raw for name, raw in files.items()}),
        "request of nothing": tar({**files, "request.json": b"{"}),
    }  # fmt: skip


def of_another(files: dict[str, bytes]) -> dict[str, bytes]:
    """Runs of a worker that are not the one that was asked for."""
    record = files["request.json"]
    return {
        "no request": tar({name: raw for name, raw in files.items() if name != "request.json"}),
        "another model": tar({**files, "request.json": record.replace(b"org/model", b"org/other")}),
        "another revision": tar({**files, "request.json": record.replace(b"a" * 40, b"b" * 40)}),
    }


def _twice() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("request.json", "./request.json"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return out.getvalue()
