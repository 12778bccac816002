"""The Parquet files of stored runs, for queries: each is checked before it is read, and derived anew where it must be."""

from __future__ import annotations

import glob
import threading
from collections.abc import Sequence

from leaderboard import run_parquet
from leaderboard.files import StorageError
from leaderboard.store import Store
from leaderboard.stored import read_stored
from leaderboard.tables import frames
from registry.errors import CounselError

STORED = "SELECT run_id FROM runs WHERE list_contains($runs, run_id) ORDER BY run_id"

# One at a time: a second reader of the same file waits for the first one's, and a run read whole takes 100 MiB.
_deriving = threading.Lock()


def files(store: Store, table: str, runs: Sequence[str]) -> list[str]:
    """The Parquet file of `table` (one of schema.PARQUET) of each of `runs` that is stored, as DuckDB's read_parquet takes it.

    Raises StorageError for a file that is not as it was written, where the run folder or the disk does not allow to derive it.
    """
    with store.reading() as cursor:
        stored = [run_id for (run_id,) in cursor.execute(STORED, {"runs": list(runs)}).fetchall()]
    for run_id in stored:
        if not run_parquet.is_intact(store.home, run_id, table):
            _derive(store, run_id, table)
    # read_parquet takes a path for a pattern.
    return [glob.escape(str(run_parquet.file_of(store.home, run_id, table))) for run_id in stored]


def _derive(store: Store, run_id: str, table: str) -> None:
    with _deriving:
        if run_parquet.is_intact(store.home, run_id, table):
            return
        try:
            rows = frames(read_stored(store.runs / run_id), None)
        except (CounselError, OSError) as error:
            file = run_parquet.file_of(store.home, run_id, table)
            raise StorageError(
                f"{file}: is missing or changed, and the run folder that it is derived from cannot be read either: {error} "
                f"Restore {store.runs / run_id} from a backup; the file is then derived when it is next read."
            ) from error
        run_parquet.write(store.home, run_id, rows)
