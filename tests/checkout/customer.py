"""A customer with a browser: everything happens in the browser's own thread, away from the test's database connection."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

T = TypeVar("T")
_OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--no-first-run"),
)
# Target size (WCAG 2.2, 2.5.8) is off unless asked for.
_AXE = {"rules": {"target-size": {"enabled": True}}}
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


class Customer:
    """One browser profile; `complaints` is what the consoles of its tabs say is wrong."""

    def __init__(self, run: Callable[[Callable[[], Any]], Any], browser: Browser, **options: Any) -> None:
        self.run = run
        self.complaints: list[str] = []
        self._context: BrowserContext = run(lambda: browser.new_context(**options))
        self.page: Page = self.new_tab()

    def new_tab(self) -> Page:
        def make() -> Page:
            page = self._context.new_page()
            page.on("console", lambda said: self._complain(said.location["url"], said.text, said.type))
            page.on("pageerror", lambda error: self._complain(page.url, str(error), "error"))
            return page

        return self.run(make)

    def _complain(self, url: str, text: str, kind: str) -> None:
        if kind == "error":
            self.complaints.append(f"{url} {text}")

    def complaints_about(self, base: str) -> list[str]:
        """Return what the browser's console held against a site."""
        return [said for said in self.complaints if said.startswith(base)]

    def open(self, url: str, page: Page | None = None) -> Response | None:
        return self.run(lambda: (page or self.page).goto(url))

    def click(self, what: str, page: Page | None = None) -> None:
        """Click, and wait for the page that comes of it."""

        def press() -> None:
            where = page or self.page
            with where.expect_navigation():
                where.click(what)

        self.run(press)

    def double_click(self, what: str) -> None:
        def press() -> None:
            with self.page.expect_navigation(url=lambda url: "/pay/" in url):
                self.page.dblclick(what)

        self.run(press)

    def back(self) -> None:
        self.run(self.page.go_back)

    def reload(self) -> None:
        self.run(self.page.reload)

    def tab_until(self, what: str) -> list[str]:
        """Press Tab until the element has the focus; returns the texts of what had it on the way."""
        passed: list[str] = []

        def walk() -> None:
            for _ in range(20):
                self.page.keyboard.press("Tab")
                passed.append(self.page.evaluate("document.activeElement.innerText"))
                if self.page.evaluate("what => document.activeElement.matches(what)", what):
                    return
            raise AssertionError(f"{what} was not reached: {passed}")

        self.run(walk)
        return passed

    def press(self, key: str) -> None:
        """Press a key, and wait for the page that comes of it."""

        def act() -> None:
            with self.page.expect_navigation():
                self.page.keyboard.press(key)

        self.run(act)

    def ask_from_the_page(self, url: str) -> Any:
        return self.run(lambda: self.page.evaluate("url => fetch(url).then(answer => answer.json())", url))

    def text(self, page: Page | None = None) -> str:
        return self.run(lambda: (page or self.page).inner_text("body"))

    def heading(self, page: Page | None = None) -> str:
        return self.run(lambda: (page or self.page).inner_text("h1"))

    def url(self, page: Page | None = None) -> str:
        return self.run(lambda: (page or self.page).url)

    def wait_for(self, what: str, page: Page | None = None) -> None:
        self.run(lambda: (page or self.page).wait_for_selector(what, timeout=15_000))

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong with the page, by WCAG 2.2 AA and its best practices."""

        def look() -> list[str]:
            found = Axe().run(self.page, options=_AXE).response["violations"]
            return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]

        return self.run(look)

    def weigh(self, base: str) -> tuple[int, list[str]]:
        """Return how many bytes the page shown and all that it loads have, and what of it is from elsewhere."""
        look = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .map(each => [each.name, each.encodedBodySize + 300])"""
        entries = self.run(lambda: self.page.evaluate(look))
        return sum(size for _, size in entries), [url for url, _ in entries if not url.startswith(base)]

    def overflows(self) -> bool:
        """Tell whether one would have to scroll sideways."""
        return self.run(
            lambda: self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        )

    def picture(self, file: Path, *, printed: bool = False) -> None:
        """Write a PNG of the whole page, of few colours; `printed` as it comes out on paper."""

        def take() -> None:
            self.page.emulate_media(media="print" if printed else None)
            self.page.screenshot(path=file, full_page=True, animations="disabled")

        self.run(take)
        with Image.open(file) as shot:
            shot.convert("RGB").quantize(64).save(file, optimize=True)

    def pay_at_psp(self, choice: str, page: Page | None = None) -> None:
        """Choose a test card at the sandbox PSP and press Pay."""
        self.run(lambda: (page or self.page).check(f"input[value={choice}]", force=True))
        self.click("button[value=pay]", page)

    def forget_cookie(self, name: str) -> None:
        self.run(lambda: self._context.clear_cookies(name=name))

    def cookies(self) -> dict[str, Any]:
        return {each["name"]: each for each in self.run(self._context.cookies)}

    def log_in(self, base: str, name: str, password: str) -> None:
        """Sign in to the backoffice."""

        def fill() -> None:
            self.page.goto(f"{base}/admin/")
            self.page.fill("input[name=username]", name)
            self.page.fill("input[name=password]", password)
            with self.page.expect_navigation():
                self.page.click("button[type=submit]")

        self.run(fill)

    def scroll_down(self) -> None:
        def scroll() -> None:
            self.page.evaluate("document.querySelectorAll('iframe').forEach(each => each.loading = 'eager')")
            self.page.wait_for_load_state("networkidle")

        self.run(scroll)

    def close(self) -> None:
        self.run(self._context.close)


@contextmanager
def browsing() -> Iterator[Callable[..., Customer]]:
    """Run one browser for a session, in a thread of its own; calling it makes a customer with a fresh profile."""
    with ThreadPoolExecutor(1) as pool:

        def run(function: Callable[[], T]) -> T:
            return pool.submit(function).result(timeout=60)

        playwright = run(lambda: sync_playwright().start())
        browser = run(lambda: playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_OPTIONS)))
        try:
            yield lambda **options: Customer(run, browser, **options)
        finally:
            run(browser.close)
            run(playwright.stop)
