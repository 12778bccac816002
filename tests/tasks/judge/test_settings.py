"""The judge's settings, from the environment."""

from __future__ import annotations

import pytest

from counsel_leaderboard.tasks.judge.settings import JudgeError, from_environment


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:sk-planted/v1", "http://[bad/v1", "ftp://host/v1", "host:80/v1", "http:///v1", "http://a b/v1"]
)
def test_an_address_that_cannot_be_asked_is_refused_by_its_variable(monkeypatch, url):
    monkeypatch.setenv("COUNSEL_JUDGE_URL", url)
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "judge")
    with pytest.raises(JudgeError, match=r"^COUNSEL_JUDGE_URL is not a usable http address") as caught:
        from_environment()
    assert "planted" not in str(caught.value)


def test_line_ends_around_address_and_model_are_not_part_of_them(monkeypatch):
    monkeypatch.setenv("COUNSEL_JUDGE_URL", "http://127.0.0.1:8000/v1/chat/completions\r\n")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", " judge-1\n")
    settings = from_environment()
    assert (settings.url, settings.model) == ("http://127.0.0.1:8000/v1", "judge-1")
    monkeypatch.setenv("COUNSEL_JUDGE_MODEL", "judge\n1")
    with pytest.raises(JudgeError, match=r"^COUNSEL_JUDGE_MODEL"):
        from_environment()


def set_judge(monkeypatch, **settings):
    for name in ("COUNSEL_JUDGE", "COUNSEL_JUDGE_URL", "COUNSEL_JUDGE_MODEL", "COUNSEL_JUDGE_TIMEOUT"):
        monkeypatch.delenv(name, raising=False)
    for name, text in settings.items():
        monkeypatch.setenv(name, text)


def test_settings(monkeypatch):
    set_judge(monkeypatch, COUNSEL_JUDGE_URL="http://user:secret@host:8000/v1/", COUNSEL_JUDGE_MODEL="m", COUNSEL_JUDGE_KEY="k")
    settings = from_environment()
    assert (settings.url, settings.host) == ("http://user:secret@host:8000/v1", "host:8000")
    assert "'k'" not in repr(settings)
    set_judge(monkeypatch, COUNSEL_JUDGE="none", COUNSEL_JUDGE_URL="http://host/v1", COUNSEL_JUDGE_MODEL="m")
    assert from_environment() is None


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "COUNSEL_JUDGE_URL and COUNSEL_JUDGE_MODEL"),
        ({"COUNSEL_JUDGE_URL": "http://host/v1"}, "not set: COUNSEL_JUDGE_MODEL"),
        ({"COUNSEL_JUDGE": "off"}, "COUNSEL_JUDGE='off' must be `none`"),
        ({"COUNSEL_JUDGE_URL": "host:8000", "COUNSEL_JUDGE_MODEL": "m"}, "not a usable http address"),
        (
            {"COUNSEL_JUDGE_URL": "http://h/v1", "COUNSEL_JUDGE_MODEL": "m", "COUNSEL_JUDGE_TIMEOUT": "soon"},
            "COUNSEL_JUDGE_TIMEOUT",
        ),
    ],
)
def test_settings_that_are_wrong(monkeypatch, settings, named):
    set_judge(monkeypatch, **settings)
    with pytest.raises(JudgeError, match=named):
        from_environment()


def test_building_requests_stops_without_a_judge(monkeypatch, load):
    """Loading needs no judge; building requests names the variables, the switch and the judge-free tag."""
    set_judge(monkeypatch)
    task = load("counsel_psyllm")
    with pytest.raises(JudgeError, match=r"COUNSEL_JUDGE_URL.*COUNSEL_JUDGE_MODEL.*COUNSEL_JUDGE=none.*counsel-judge-free"):
        task.build_all_requests(limit=1)
    set_judge(monkeypatch, COUNSEL_JUDGE="none")
    task.build_all_requests(limit=1)
    assert len(task.instances) == 1
