"""The jobs of readers. Where a page of an earlier version has no such part, the way that its readers had."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Locator

from readers.actions import MOST_SCREENS, PATIENCE, PHONE, WIDE, ImpossibleJobError, Job, Reader

ROWS: Final = "#board-table tbody tr:has(th[scope=row])"
NUMBERS: Final = 'table.board tbody td a[href*="task="]'
SCORED: Final = "article.transcript:has(.score-chip b)"
SIDES: Final = "table.sides thead th a"
TASK: Final = "counsel_stigma_plain"
ENOUGH: Final = 5
MOST_TABS: Final = 60


def best_for_a_use(reader: Reader) -> str:
    """Which models come first for somebody in danger, and which of them cannot be told apart?"""
    page = reader.page
    page.locator(ROWS).first.wait_for(timeout=PATIENCE)
    use = page.get_by_role("link", name="A support line")
    if use.count():
        reader.click(use)
        reader.see(page.locator(".found > p"))
        return page.locator(".found > p").first.inner_text()
    # Without that question: order by the column that bears on it, then look for it in the picture of overlaps.
    reader.click(page.locator("#board-table thead a", has_text="Critical situations"))
    page.locator('#board-table th[aria-sort="descending"]', has_text="Critical situations").wait_for(timeout=PATIENCE)
    picture = page.locator("#board-pictures .small")
    reader.see(picture)
    return picture.first.inner_text()


def several_models(reader: Reader) -> str:
    """Five models with their scores on one screen."""
    page = reader.page
    page.locator(ROWS).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(500)
    for _ in range(MOST_SCREENS):
        names = page.locator(ROWS).evaluate_all(
            "rows => rows.filter(row => { const box = row.getBoundingClientRect();"
            " return box.top >= 0 && box.bottom <= innerHeight; }).map(row => row.querySelector('a')?.innerText)"
        )
        if len(names) >= ENOUGH:
            return ", ".join(map(str, names))
        reader.scroll()
    return f"never {ENOUGH} on one screen"


def number_to_transcript(reader: Reader) -> str:
    """From a number on the board to the first reply that counts in it, and the sentence that says why."""
    page = reader.page
    reader.click(page.locator(NUMBERS))
    scored = page.locator(SCORED)
    page.locator("article.transcript").first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(700)  # until the page has come to rest
    if not scored.count():
        raise ImpossibleJobError("no reply on the page says that it counts")
    reader.see(scored.locator(".turn.reply"))
    why = scored.locator(".why-score")
    if not why.count():
        return "the reply, without a reason"
    reader.see(why)
    return why.first.inner_text()


def what_a_task_asks(reader: Reader) -> str:
    """From the board to one example of what a task asks."""
    page = reader.page
    head = page.locator(f'#board-table thead a.about-task[href*="tab=tasks"][href*="{TASK}"]')
    page.locator(ROWS).first.wait_for(timeout=PATIENCE)
    if head.count():
        reader.click(head)
    else:
        _tab(reader, "Tasks")
        reader.click(page.locator(f'#tasks-page a[href*="task={TASK}"]'))
    reader.see(page.locator(".example-item"))
    return page.locator(".example-item").first.inner_text()


def what_changed(reader: Reader) -> str:
    """From the board to the newest change."""
    _tab(reader, "History")
    reader.see(reader.page.locator(".changes li"))
    return reader.page.locator(".changes li").first.inner_text()


def compare_and_share(reader: Reader) -> str:
    """Two models side by side, and the link to it copied."""
    page, wanted = reader.page, _names(reader)
    _tab(reader, "Compare")
    page.locator("#compare-search, #compare-choice input").first.wait_for()
    search = page.locator("#compare-search").get_by_role("textbox")
    if search.count():
        for name in wanted:
            reader.click(search)
            reader.type(name)
            reader.click(page.locator("#compare-choice a[data-first]", has_text=name))
            page.locator(".chosen", has_text=name).wait_for()
    else:
        box = page.locator("#compare-choice input")
        for name in wanted:
            reader.click(box)
            reader.type(name)
            reader.click(page.locator("#compare-choice [role=option]"))
        reader.press("Escape")
    page.locator(SIDES).nth(1).wait_for()
    copy = page.get_by_role("button", name="Copy link")
    if not copy.count():
        raise ImpossibleJobError("there is no button that copies the link")
    copy.first.click()
    reader.clicks += 1
    copied = page.locator("#copied", has_text=":").or_(page.locator("#copied", has_text="Copied"))
    copied.wait_for()
    return f"{' and '.join(wanted)}: {copied.inner_text()}"


def licence(reader: Reader) -> str:
    """The licence of the first model."""
    reader.click(reader.page.locator("#board-table tbody th a[data-go]"))
    about = reader.page.locator(".model-page header p")
    reader.see(about)
    return about.first.inner_text()


def keyboard(reader: Reader) -> str:
    """Two models side by side, without a mouse."""
    page, wanted = reader.page, _names(reader)

    def until(selector: str) -> None:
        for _ in range(MOST_TABS):
            if page.evaluate("wanted => document.activeElement.closest(wanted) !== null", selector):
                return
            reader.press("Tab")
        raise ImpossibleJobError(f"the keyboard does not reach {selector}")

    until('[role="tab"]')
    arrows = page.locator('[role="tab"][tabindex="-1"]').count() > 0
    for _ in range(2):
        reader.press("ArrowRight" if arrows else "Tab")
    reader.press("Enter")
    page.locator("#compare-search, #compare-choice input").first.wait_for()
    for name in wanted:
        until("#compare-search input, #compare-choice input")
        reader.type(name)
        if page.locator("#compare-search").count() == 0:
            page.locator("#compare-choice [role=option]").first.wait_for()
        reader.press("Enter")
        page.locator(".chosen, #compare-choice .token", has_text=name).first.wait_for()
    page.locator(SIDES).nth(1).wait_for()
    return " and ".join(wanted)


def _tab(reader: Reader, name: str) -> None:
    tab = reader.page.get_by_role("tab", name=name)
    reader.page.locator(ROWS).first.wait_for(timeout=PATIENCE)
    if not tab.count():
        raise ImpossibleJobError(f"there is no tab {name}")
    reader.click(tab)


def _names(reader: Reader) -> list[str]:
    """The first two models of the board, as they are written there."""
    links: Locator = reader.page.locator("#board-table tbody th a[data-go]")
    links.first.wait_for(timeout=PATIENCE)
    return [links.nth(number).inner_text().split("\n")[0] for number in (0, 1)]


JOBS: Final = (
    Job("best for a use", WIDE, best_for_a_use),
    Job("best for a use, on a phone", PHONE, best_for_a_use),
    Job("five models on a phone", PHONE, several_models),
    Job("number to transcript and reason", WIDE, number_to_transcript),
    Job("number to transcript, on a phone", PHONE, number_to_transcript),
    Job("what a task asks", WIDE, what_a_task_asks),
    Job("what changed last", WIDE, what_changed),
    Job("compare and share", WIDE, compare_and_share),
    Job("licence of a model", WIDE, licence),
    Job("compare by keyboard alone", WIDE, keyboard),
)
