"""What a server, a log or a judge said is marked line by line in a message, and can be taken out of it whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from counsel_leaderboard.registry.cards.redistribution import redistributed
from counsel_leaderboard.runners.engines.process import ServerProcess
from counsel_leaderboard.runners.errors import EngineDiedError
from counsel_leaderboard.runners.harness.quoting import LEFT_OUT, quoted, without_quotes
from tests.support.processes import wait_until_gone

MARKER = "SYNTHETIC-GATED-41"


def test_quoted_lines_are_taken_out_and_our_own_words_stay() -> None:
    text = quoted([f"a\n{MARKER}", "", "b" * 999])
    message = f"It ended. Its last lines:\n{text}\nRun it again."
    assert [len(line) for line in message.split("\n")][3] == 304
    assert without_quotes(message) == f"It ended. Its last lines:\n{LEFT_OUT}\nRun it again."
    assert without_quotes("a | b\n |c") == "a | b\n |c"


def test_an_engines_log_is_quoted(tmp_path: Path) -> None:
    process = ServerProcess("e", [sys.executable, "-c", f"print('loading'); print('{MARKER}')"], tmp_path / "log")
    wait_until_gone(process.pid)
    with pytest.raises(EngineDiedError, match=MARKER) as caught:
        process.check()
    assert MARKER not in without_quotes(str(caught.value))


@pytest.mark.parametrize(
    ("tasks", "source", "allowed"),
    [
        (["counsel_stigma", "counsel_psyllm"], "open", True),
        (["counsel_stigma"], "upstream", True),
        (["counsel_stigma", "counsel_trajectory_rating"], "upstream", False),
        (["counsel_response"], "upstream", True),
        (["counsel_nothing"], "open", False),
    ],
)
def test_items_may_be_quoted_where_every_card_behind_them_says_so(tasks: list[str], source: str, allowed: bool) -> None:
    assert redistributed(tasks, source) is allowed
