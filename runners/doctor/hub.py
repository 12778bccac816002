"""Whether the Hugging Face Hub can be reached."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.credentials import kind_of, shown_address
from counsel_leaderboard.registry.common.proxies import ProxyError
from counsel_leaderboard.registry.common.settings import FolderSettings
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis, ok, warning

DEFAULT = "https://huggingface.co"
SECONDS = 10.0
WITHOUT = "Local files, served models and the open banks need no Hub; for the rest check network, proxies and HF_ENDPOINT."


def check() -> Iterator[Diagnosis]:
    """One request to the Hub that `HF_ENDPOINT` names."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        yield ok("Hub", "not asked, HF_HUB_OFFLINE is set")
        return
    url = FolderSettings.read().hub or DEFAULT
    try:
        with httpx.Client(**chat_http.options(url, headers={}, timeout_s=SECONDS)) as http:
            status = chat_http.call(http, "HEAD", f"{url}/api/models?limit=1").status
    except ProxyError as error:
        yield warning("Hub", str(error), WITHOUT)
    except (httpx.HTTPError, httpx.InvalidURL, NoAnswerError) as error:
        yield warning("Hub", f"{shown_address(url)} does not answer ({kind_of(error)}).", WITHOUT)
    else:
        yield ok("Hub", f"{shown_address(url)} answers (HTTP {status})")
