"""The open banks as they lie, read once."""

from __future__ import annotations

import pytest

from counsel_leaderboard.registry.bank_checks import rows, texts

pytest.register_assert_rewrite("tests.registry.bank_checks.rules")  # what a failed rule shows is what the tests read

PRESENT = [bank for bank in rows.BANKS if (texts.OPEN / bank / "test.jsonl").is_file()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`bank`: each bank that is there; test_counts.py asks for all of them."""
    if "bank" in metafunc.fixturenames:
        metafunc.parametrize("bank", PRESENT, scope="session")


@pytest.fixture(scope="session")
def banks() -> dict[str, list[texts.Row]]:
    """The rows of every bank that is there, by bank."""
    return {bank: texts.read(bank) for bank in PRESENT}


@pytest.fixture(scope="session")
def prose(banks: dict[str, list[texts.Row]]) -> list[texts.Text]:
    """All prose of all banks, notes included."""
    return texts.prose(banks)
