"""Which form of the system text a server's template takes, on stand-ins that keep, refuse and lose it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from threading import Thread
from typing import Any

import pytest

from counsel_leaderboard.registry.common.retry import Policy
from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness.system_role import system_role

AT_ONCE = Policy(backoff_s=0.0)

Answer = Callable[[list[dict[str, Any]]], tuple[int, dict[str, Any]]]


def counted(messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    """One token a word, as if the template added none."""
    words = sum(len(message["content"].split()) for message in messages)
    return 200, {"choices": [{"index": 0, "message": {"content": "x"}}], "usage": {"prompt_tokens": words}}


def refusing(messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    if messages[0]["role"] == "system":
        return 400, {"error": {"message": "System role not supported"}}
    return counted(messages)


def losing(messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    return counted([message for message in messages if message["role"] != "system"])


def silent_about_tokens(messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    return 200, {"choices": [{"index": 0, "message": {"content": "x"}}]}


def broken(_messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
    return 500, {}


def faltering(status: int, times: int) -> Answer:
    """Fails that many times at a system message, and then keeps it."""
    left = [status] * times

    def answer(messages: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        return (left.pop(), {}) if left and messages[0]["role"] == "system" else counted(messages)

    return answer


@contextmanager
def serving(answer: Answer, props: Any = None) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/props" and props is not None else 404)
            self.end_headers()
            self.wfile.write(dumps(props).encode())

        def do_POST(self) -> None:
            body = loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, value = answer(body["messages"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(dumps(value).encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_address[1]}/v1", "m")
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("answer", "form"),
    [(counted, "system"), (refusing, "merge"), (losing, "merge"), (silent_about_tokens, "system"), (broken, "system")],
)
def test_the_form_that_the_template_takes(answer: Answer, form: str) -> None:
    with serving(answer) as served:
        assert system_role(served, AT_ONCE) == form


@pytest.mark.parametrize(
    ("props", "form"),
    [
        ({"chat_template_caps": {"supports_system_role": False}}, "merge"),
        ({"chat_template_caps": {"supports_system_role": True}}, "system"),
        ({"chat_template_caps": None}, "system"),
        ({}, "system"),
        ([], "system"),
    ],
)
def test_a_server_that_moves_the_system_text_itself_gets_it_moved(props: Any, form: str) -> None:
    """llama.cpp answers and counts every token then, so that only its own word tells it from a template with a system role."""
    with serving(counted, props) as served:
        assert system_role(served, AT_ONCE) == form


@pytest.mark.parametrize(
    ("status", "times", "form"),
    [
        (500, 1, "system"),  # a fault of the moment
        (503, 2, "system"),
        (429, 99, "system"),  # busy says nothing about the template
        (500, 99, "merge"),  # a template that raises, as some servers tell it
    ],
)
def test_a_fault_of_the_moment_decides_nothing(status: int, times: int, form: str) -> None:
    with serving(faltering(status, times)) as served:
        assert system_role(served, AT_ONCE) == form


def test_a_server_that_is_not_there_is_left_to_the_run() -> None:
    assert system_role(Served("http://127.0.0.1:9/v1", "m"), AT_ONCE) == "system"
