"""The texts taken out of rows: complete, with the right speaker, without codes."""

from __future__ import annotations

from counsel_leaderboard.registry.bank_checks.texts import spoken, texts

ROW = {
    "id": "x-1",
    "canary": "mark",
    "symptom": "mania",
    "messages": [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ],
    "phases": [{"phase": "P5", "turns": [{"therapist": "Four", "client": "Five", "suds": 40}]}],
    "right": "yes",
    "reference": "Six",
}


def test_every_text_has_its_place_and_speaker() -> None:
    assert [(text.part, text.speaker, text.text) for text in texts("response", ROW)] == [
        ("symptom", "notes", "mania"),
        ("messages.0.content", "client", "One"),
        ("messages.1.content", "counselor", "Two"),
        ("messages.2.content", "client", "Three"),
        ("phases.0.turns.0.therapist", "counselor", "Four"),
        ("phases.0.turns.0.client", "client", "Five"),
        ("reference", "counselor", "Six"),
    ]


def test_one_speaker_alone() -> None:
    assert spoken("response", ROW, "client") == ["One", "Three", "Five"]
