"""What docs/ takes from the code is as the code has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docs.generate.pages import COMMAND, PARTS, page, updated


@pytest.mark.parametrize(("file", "part", "content"), PARTS, ids=[f"{file}:{part}" for file, part, _ in PARTS])
def test_a_generated_part_is_up_to_date(file: str, part: str, content: Callable[[], str]) -> None:
    text = page(file).read_text(encoding="utf-8")
    assert text == updated(text, part, content()), f"docs/{file} differs from the code. Run `{COMMAND}` and commit the result."


def test_a_page_without_the_comments_is_refused() -> None:
    with pytest.raises(ValueError, match="put them where the part belongs"):
        updated("A page.\n", "settings", "| a |\n")
