"""The API alone on a loopback port, for the crash test: `python -m tests.runners.worker.serve_api PORT`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from counsel_leaderboard.leaderboard.api import ServerSettings, routes
from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.store.rebuild import catch_up


def main() -> None:
    with Store.open(Path(os.environ["COUNSEL_HOME"])) as store:
        catch_up(store)
        app = FastAPI()
        app.include_router(routes(store, ServerSettings.from_environment()))
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
