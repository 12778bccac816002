from __future__ import annotations

import pytest

from counsel_leaderboard.space.views.form import SubmissionForm
from counsel_leaderboard.space.views.hub_address import model_of


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("owner/name", ("owner/name", None)),
        (" https://huggingface.co/owner/name ", ("owner/name", None)),
        ("huggingface.co/owner/name/", ("owner/name", None)),
        ("https://hf.co/owner/name?library=vllm#use", ("owner/name", None)),
        ("https://huggingface.co/owner/name/tree/v1.0", ("owner/name", "v1.0")),
        ("https://huggingface.co/owner/name/blob/abc/config.json", ("owner/name", "abc")),
        ("https://huggingface.co/owner/name/discussions/3", ("owner/name", None)),
        ("https://example.org/owner/name", ("https://example.org/owner/name", None)),
        ("https://huggingface.co/owner", ("https://huggingface.co/owner", None)),
        ("https://[broken", ("https://[broken", None)),
    ],
)
def test_an_address_of_the_hub_is_read_as_its_model(text: str, model: tuple[str, str | None]) -> None:
    assert model_of(text) == model


def test_the_revision_of_an_address_counts_unless_another_is_given() -> None:
    for typed, revision in (("main", "v1"), ("", "v1"), ("other", "other")):
        values = ("https://huggingface.co/org/model/tree/v1", typed, "auto", "template", "open", ["t"], "ada", "no", "")
        form = SubmissionForm.of(values)
        assert (form.model, form.revision) == ("org/model", revision)
