"""Small archives that take gigabytes or minutes where they are unpacked and parsed without limits."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable

from tests.support.uploads import tar

GIB = 1 << 30


def _header(name: str, kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % 512)


def sparse(_: dict[str, bytes]) -> bytes:
    """A GNU sparse header: 1,536 bytes that say they are a file of 1 GiB."""
    info = tarfile.TarInfo("samples_x.jsonl")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 512
    raw = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    raw[386:398], raw[398:410] = b"%011o\0" % GIB, b"%011o\0" % 0
    raw[483:495] = b"%011o\0" % GIB
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw) + b"x" * 512 + b"\0" * 1024


def pax_sparse(_: dict[str, bytes]) -> bytes:
    """The same in pax records."""
    info = tarfile.TarInfo("samples_x.jsonl")
    info.size = 512
    sparse_records = {"major": "0", "minor": "1", "map": f"{GIB},0", "size": str(GIB), "name": info.name, "numblocks": "1"}
    info.pax_headers = {f"GNU.sparse.{name}": value for name, value in sparse_records.items()}
    return info.tobuf(tarfile.PAX_FORMAT) + b"x" * 512 + b"\0" * 1024


def pax_header(_: dict[str, bytes]) -> bytes:
    """A pax header of half a megabyte of digits, on which tarfile's pattern works for minutes."""
    return _header("pax", tarfile.XHDTYPE, 500_000) + _padded(b"1" * 500_000) + b"\0" * 1024


def pax_global(_: dict[str, bytes]) -> bytes:
    return _header("pax", tarfile.XGLTYPE, 2_000_000) + _padded(b"9" * 2_000_000) + b"\0" * 1024


def long_name(_: dict[str, bytes]) -> bytes:
    return _header("././@LongLink", tarfile.GNUTYPE_LONGNAME, 3_000_000) + _padded(b"a/" * 1_500_000) + b"\0" * 1024


def headers_of_headers(_: dict[str, bytes]) -> bytes:
    """Each extended header announces another."""
    return (_header("pax", tarfile.XHDTYPE, 12) + _padded(b"12 path=abc\n")) * 3000 + b"\0" * 1024


def folders_deep(_: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/" * 2000 + "samples_x.jsonl", b"{}")
    return out.getvalue()


def encrypted(_: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("samples_x.jsonl", b"{}")
    raw = bytearray(out.getvalue())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        raw[raw.index(signature) + offset] |= 1
    return bytes(raw)


def gzip_of_gzip_bytes(_: dict[str, bytes]) -> bytes:
    return gzip.compress(gzip.compress(b"\0" * (200 << 20), 9), 9)


def _with_samples(change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], bytes]:
    def upload(files: dict[str, bytes]) -> bytes:
        return tar({name: change(raw) if name.startswith("samples") else raw for name, raw in files.items()})

    return upload


def _with_results(raw: bytes) -> Callable[[dict[str, bytes]], bytes]:
    return lambda files: tar({name: raw if name.startswith("results") else own for name, own in files.items()})


UPLOADS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    # Those that faults.md names.
    "sparse tar": sparse,
    "pax header": pax_header,
    "four megabytes of one quotation mark": _with_samples(lambda raw: raw.replace(b"I hear you.", "«".encode() * 2_000_000)),
    # More of each kind.
    "sparse tar in pax records": pax_sparse,
    "global pax header": pax_global,
    "long name": long_name,
    "headers that announce headers": headers_of_headers,
    "folders deep": folders_deep,
    "encrypted": encrypted,
    "packed twice": gzip_of_gzip_bytes,
    "a line without end": _with_samples(lambda raw: b'{"a": "' + b"x" * (9 << 20)),
    "deep samples": _with_samples(lambda raw: b"[" * 200_000 + b"]" * 200_000 + b"\n"),
    "deep results": _with_results(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "objects by the million": _with_results(b"[" + b"{}," * 9_000_000 + b"{}]"),
    "a number of a million digits": _with_results(b"9" * 1_000_000),
    "half a surrogate pair": _with_samples(lambda raw: raw.replace(b"I hear you.", rb"\ud800")),
}
