"""Unpacks the archive of a run folder, a tar or zip file; nothing in an archive is trusted."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from counsel_leaderboard.leaderboard.runs.files import refused
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.untrusted import extraction

# Files that lm-eval and a worker write, in the folder itself or one folder down.
NAME = re.compile(r"(results_|samples_)[A-Za-z0-9_.:-]{1,180}\.jsonl?|request\.json|generation\.json")
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,250}")
MAX_FILES = 200
MAX_BYTES = 2 * 1024**3


class ArchiveError(CounselError):
    """An invalid archive, or one with files that do not belong to a run."""


class TooLargeError(ArchiveError):
    """An archive with more bytes than are accepted."""


def unpack(archive: Path, target: Path, max_bytes: int = MAX_BYTES) -> None:
    """Write the members of a tar (plain or compressed) or zip file into `target`, a new folder, flat as lm-eval wrote them.

    Every name is checked before its bytes are written, and the bytes are counted as they come, whatever the headers say.
    Raises ArchiveError, TooLargeError, and StorageError where the disk cannot be written.
    """
    try:
        target.mkdir(parents=True)
        placed = extraction.extract(archive, target, extraction.ExtractionLimits(MAX_FILES, max_bytes), _own_name)
    except extraction.ExtractionError as error:
        raise _archive_error(error, max_bytes) from error
    except OSError as error:
        raise refused(target, error, what="the upload could not be unpacked") from error
    if not placed:
        raise ArchiveError("upload: the archive is empty.")


def _archive_error(error: extraction.ExtractionError, max_bytes: int) -> ArchiveError:
    match error:
        case extraction.TooManyBytesError():
            return TooLargeError(f"upload: holds more than {max_bytes} bytes; a run has fewer.")
        case extraction.TooManyMembersError():
            return ArchiveError(f"upload: holds more than {MAX_FILES} files; a run has fewer.")
        case extraction.RepeatedMemberError():
            return ArchiveError(f"upload: holds {error.name} twice; an archive holds each file once.")
        case extraction.UnsafeMemberError():
            return ArchiveError(
                f"upload: {error.name[:100]!r} is a link, a device or a sparse file; only plain files are accepted."
            )
        case extraction.HeaderError():
            return ArchiveError(f"upload: holds {error}; a run's files have short names, at most one folder down.")
    return ArchiveError(f"upload: is not a complete tar or zip archive ({error}).")


def _own_name(name: str) -> str:
    """The file's own name, if the member's name is that of a run's file, at most one folder down."""
    path = PurePosixPath(name)
    parts = path.parts[1:] if path.parts[:1] == (".",) else path.parts
    within = len(parts) == 1 or (len(parts) == 2 and FOLDER.fullmatch(parts[0]))
    if not within or not NAME.fullmatch(path.name) or "\\" in name:
        raise ArchiveError(
            f"upload: {name[:100]!r} is not a file of a run. An archive may hold results_*.json, samples_*.jsonl, "
            "request.json and "
            "generation.json, at most one folder down."
        )
    return path.name
