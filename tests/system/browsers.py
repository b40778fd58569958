"""Chromium for tests of the console: a page of a given language and width, that records where it sends requests."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from services.console.language import Languages, read_catalogues

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path")
WIDTHS = (390, 1440)
TONGUES = ("en", "ar", "zh-Hans")
SECONDS = 60.0
SPEECHES = Languages("UTC", read_catalogues())

# Where the pictures of the tour go; without it they are thrown away.
PICTURES = "PRM_CONSOLE_PICTURES"
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_SERIOUS = ("serious", "critical")
_HEIGHT = 900


class Watched:
    """A page with the addresses that it asked for. speech: of its language. name: of its language and width."""

    def __init__(self, page: Page, origin: str, pictures: Path, *, tongue: str, width: int) -> None:
        self.page, self.origin, self._pictures = page, origin, pictures
        self.speech, self.name = SPEECHES.of(tongue), f"{tongue}-{width}"
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda one: self.asked.append(one.url))
        page.on("pageerror", lambda one: self.complaints.append(str(one)))
        page.on("console", lambda one: self.complaints.append(one.text) if "Content Security" in one.text else None)

    async def open(self, path: str) -> int:
        """Go to a page; its status."""
        answer = await self.page.goto(self.origin + path)
        assert answer is not None
        return answer.status

    async def sign_in(self, *roles: str, partner_id: str = "", subject: str = "local") -> None:
        """Sign in at the development issuer."""
        await self.page.context.clear_cookies(name="prm_session")
        await self.open("/sign-in")
        for role in roles:
            await self.page.check(f"input[value={role}]")
        await self.page.fill("#partner", partner_id)
        await self.page.fill("#subject", subject)
        await self.page.click("main button")

    async def act(self, key: str, document: str = "", **typed: str) -> str:
        """Fill and send the form of a method; what the page says then. typed: by the ids of inputs."""
        assert await self.open(f"/acts/{key}?document={document}") == 200, await self.text()
        for name, value in typed.items():
            await self.enter(f"#f-{name}", value)
        await self.page.click("form.act p.send button")
        await self.page.wait_for_load_state()
        return await self.text()

    def done(self, method: str) -> str:
        """What a page says after an act."""
        return self.speech.text("%(act)s: done.", act=self.speech.act(method))

    async def follow(self, label: str) -> None:
        """Click on the first thing that is called so."""
        await self.page.get_by_text(label, exact=True).first.click()
        await self.page.wait_for_load_state()

    async def enter(self, place: str, value: str) -> None:
        """Type into an input, or choose from a list."""
        kind = await self.page.locator(place).evaluate("one => one.tagName")
        if kind == "SELECT":
            await self.page.select_option(place, value)
        else:
            await self.page.fill(place, value)

    async def text(self) -> str:
        """What a person reads on the page."""
        return await self.page.inner_text("main")

    async def paths(self, links: str) -> list[str]:
        """Where these links of the page lead."""
        found = await self.page.locator(links).all()
        return [path for one in found if (path := await one.get_attribute("href"))]

    async def faults(self) -> Sequence[str]:
        """What axe finds serious, and whether the page is wider than the window."""
        found: Any = await Axe().run(self.page)
        said = [
            f"{self.page.url}: {one['id']}: {one['nodes'][0]['html']}"
            for one in found["violations"]
            if one["impact"] in _SERIOUS
        ]
        wide = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return [*said, *([f"{self.page.url}: {wide} pixels too wide"] if wide > 0 else [])]

    async def picture(self, name: str) -> None:
        """Keep a picture of the window."""
        await self.page.screenshot(path=self._pictures / f"{name}-{self.name}.png")

    def foreign(self) -> list[str]:
        """The addresses of other origins that the page asked for."""
        return [one for one in self.asked if not one.startswith((f"{self.origin}/", "data:"))]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running Chromium."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def watched(
    browser: Browser, origin: str, folder: Path, *, tongue: str = "en", width: int = 1440
) -> AsyncIterator[Watched]:
    """A page in a context of its own."""
    pictures = Path(os.environ.get(PICTURES) or folder)
    context = await browser.new_context(
        locale=tongue, viewport={"width": width, "height": _HEIGHT}, reduced_motion="reduce"
    )
    context.set_default_timeout(SECONDS * 1000)
    try:
        yield Watched(await context.new_page(), origin, pictures, tongue=tongue, width=width)
    finally:
        await context.close()
