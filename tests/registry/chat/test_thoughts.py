"""Thoughts are taken out of a text, whatever marks stand around them."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.chat.thoughts import UNFINISHED, visible

HARMONY = "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hello.<|return|>"


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        "<think>Hm.</think>Hello.",
        "Hm.</think>\n\nHello.",
        "[THINK]Hm.[/THINK]Hello.",
        "<thinking>Hm.</thinking> Hello.",
        "<Thinking>Hm.</THINKING> Hello.",
        HARMONY,
        # Not in the list of faults:
        "<reasoning>Hm.</reasoning>Hello.",
        "<thought>Hm.</thought>Hello.",
        "\u25c1think\u25b7Hm.\u25c1/think\u25b7Hello.",
        "<|START_THINKING|>Hm.<|END_THINKING|>Hello.",
        "<seed:think>Hm.</seed:think>Hello.",
        "<|channel>thought\nHm.<channel|>Hello.",
        "analysisHm.assistantfinalHello.",
        "analysis the user greets.assistantfinalHello.",
        "<think >Hm.</think >Hello.",
        "<analysis>Hm.</analysis>Hello.",
        "<scratchpad>Hm.</scratchpad>\nHello.",
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>",
        HARMONY.removesuffix("<|return|>"),
        HARMONY.replace("final<", "final <|constrain|>text<"),
    ],
)
def test_what_a_reader_sees_is_the_reply(text: str) -> None:
    assert visible(text) == "Hello."


@pytest.mark.parametrize(
    "text",
    [
        UNFINISHED,
        "<think>Hm.",
        "[THINK]Hm.",
        "<thinking>Hm. Hello.",
        "<|channel|>analysis<|message|>Hm.",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>x",
        "<reasoning>",
        "\u25c1think\u25b7Hm.",
        "analysisWe need",
        "<|START_THINKING|>Hm.",
    ],
)
def test_a_thought_without_an_end_has_no_reply(text: str) -> None:
    assert visible(text) is None


@pytest.mark.parametrize("text", ["analysis paralysis is common", "I think [so]", "1 < 2 > 0", "I thought: fine"])
def test_words_about_thinking_are_a_reply(text: str) -> None:
    assert visible(text) == text
