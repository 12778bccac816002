"""An endpoint is checked before anything is asked of it, and each refusal says what to do."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from counsel_leaderboard.leaderboard.specs.run_request import ModelSpec
from counsel_leaderboard.runners.engines import Endpoint
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, UnknownModelError
from tests.support.stand_in_server import fault

KEY = "COUNSEL_ENDPOINT_KEY"


def endpoint(url: str, name: str = "some-model") -> Endpoint:
    return Endpoint(ModelSpec(name=name), url)


def refusal(spec: Endpoint, kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised, spec.serve():
        pytest.fail("it was served")
    return str(raised.value)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/chat/completions"])
def test_the_address_may_be_given_in_any_of_its_forms(serve, path):
    standin = serve(lambda _: "Hello.")
    with endpoint(standin.url + path).serve() as served:
        assert served.base_url == f"{standin.url}/v1"
        assert served.model == "some-model"
        assert served.api_key_env is None
        served.check()


def test_a_model_that_is_not_served(serve):
    standin = serve(lambda _: "Hello.", models=("one", "two"))
    message = refusal(endpoint(standin.url), UnknownModelError)
    assert message == f"endpoint {standin.url}/v1 does not serve 'some-model'; it serves one, two."


def test_a_key_among_the_names_is_taken_out_wherever_the_list_is_cut(serve, monkeypatch):
    """A name is shown to its hundredth letter; the key begins at the ninetieth."""
    monkeypatch.setenv(KEY, "sk-planted-0123456789")
    standin = serve(lambda _: "Hello.", models=["x" * 90 + "sk-planted-0123456789"], key="sk-planted-0123456789")
    message = refusal(endpoint(standin.url), UnknownModelError)
    assert "sk-" not in message
    assert message.endswith("x[removed].")


@pytest.mark.parametrize("page", [fault(404), fault(200, "<html>"), fault(200, '{"data": 1}'), fault(200, '{"data": [{}]}')])
def test_a_server_that_does_not_list_its_models_is_taken_at_its_word(serve, page):
    standin = serve(lambda _: "Hello.", models=page)
    with endpoint(standin.url).serve() as served:
        served.check()
        assert (served.base_url, served.model) == (standin.base_url, "some-model")
    assert standin.looked == 2
    assert standin.payloads == []


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:8000", "ftp://127.0.0.1/v1", "http://"])
def test_nothing_that_answers(url):
    message = refusal(endpoint(url), EngineStartError)
    assert f"endpoint {endpoint(url).base_url} does not answer (" in message
    assert "check address and port" in message


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_variable_of_the_key(serve, status):
    message = refusal(endpoint(serve(lambda _: "Hello.", models=fault(status)).url), EngineStartError)
    assert f"refused us ({status}); set $COUNSEL_ENDPOINT_KEY." in message


@pytest.mark.parametrize("written", ["secret-1", "secret-1\r\n"])
def test_the_key_comes_from_the_environment_and_stays_out_of_the_record(serve, monkeypatch, written):
    """A line end that came along with the key would otherwise end up, key and all, in an error message."""
    standin = serve(lambda _: "Hello.", key="secret-1")
    assert "set $COUNSEL_ENDPOINT_KEY" in refusal(endpoint(standin.url), EngineStartError)
    monkeypatch.setenv(KEY, written)
    spec = endpoint(standin.url + "/v1?token=secret-2")
    assert spec.describe().options == {"host": "127.0.0.1"}
    with endpoint(standin.url).serve() as served:
        assert served.api_key_env == KEY
        assert "secret" not in repr(served)


def test_a_server_that_goes_away_is_noticed(serve):
    standin = serve(lambda _: "Hello.")
    with endpoint(standin.url).serve() as served:
        served.check()
        asyncio.run_coroutine_threadsafe(standin.die(), standin.loop).result(10)
        with pytest.raises(EngineDiedError, match=r"stopped answering .* run the same command again"):
            served.check()


def test_a_busy_server_is_not_a_dead_one(serve):
    busy = iter([False, True])

    def page() -> web.Response:
        return fault(503)() if next(busy) else web.json_response({"data": [{"id": "some-model"}]})

    with endpoint(serve(lambda _: "Hello.", models=page).url).serve() as served:
        served.check()
    assert next(busy, "both answers were asked for") == "both answers were asked for"
