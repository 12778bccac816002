"""What a reader does on a page, counted: clicks, keys pressed, and screens scrolled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page

from counsel_leaderboard.registry.common.words import counted

WIDE: Final = (1440, 900)
PHONE: Final = (390, 844)
PATIENCE: Final = 30_000
MOST_SCREENS: Final = 20
SEEN: Final = 200
"""Pixels of a long target that have to be on the screen."""


class ImpossibleJobError(Exception):
    """The page has no way to do the job."""


class Reader:
    """One page, and what a reader did on it so far."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.keys = self.screens = 0

    def click(self, target: Locator) -> None:
        """Click a target, after scrolling to it."""
        self.see(target)
        target.first.click()
        self.clicks += 1

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
        self.keys += 1

    def type(self, text: str) -> None:
        """Type a text into what has the focus."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def scroll(self) -> None:
        """Scroll the page down by nine tenths of the window."""
        self.page.evaluate("window.scrollBy(0, innerHeight * 0.9)")
        self.page.wait_for_timeout(100)
        self.screens += 1

    def see(self, target: Locator) -> None:
        """Scroll until the beginning of a target is on the screen. Raises ImpossibleJobError."""
        target.first.wait_for(timeout=PATIENCE)
        for _ in range(MOST_SCREENS):
            box = target.first.bounding_box()
            if box is not None and box["y"] + min(box["height"], SEEN) <= self.page.evaluate("innerHeight"):
                return
            self.scroll()
        raise ImpossibleJobError("it is not on the page")


@dataclass(frozen=True)
class Job:
    """A job by its name, the size of the screen, and what does it on a page opened at "/"; `run` returns what was read."""

    name: str
    screen: tuple[int, int]
    run: Callable[[Reader], str]


@dataclass(frozen=True)
class Done:
    """What a job took, and what was read in the end."""

    clicks: int
    keys: int
    screens: int
    seconds: float
    read: str

    def text(self) -> str:
        """The effort in words: "2 clicks, 3 screens, 4.1 s"."""
        parts = [counted(number, name) for number, name in ((self.keys, "key"), (self.screens, "screen")) if number]
        return ", ".join([counted(self.clicks, "click"), *parts, f"{self.seconds:.1f} s"])
