"""Members of staff at a browser, each with the role that the hub brings along."""

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User

from backoffice.models import RefundLimit
from payments.models import Project
from tests.backoffice.people.conftest import PASSWORD, code_of, enrolled
from tests.checkout.customer import Customer
from tests.staff import make_staff


class Desks:
    """Hires people and gives them browsers at a running hub."""

    def __init__(self, base: str, customers: Callable[..., Customer]) -> None:
        self.base = base
        self.customers = customers

    def hire(self, name: str, role: str, *, projects: tuple[Project, ...] | None = None, limit: int = 0) -> User:
        """Make somebody of a role; `limit` is what they may refund alone, in cents."""
        user = make_staff(name, projects=projects, password=PASSWORD)
        user.groups.add(Group.objects.get(name=role))
        if limit:
            RefundLimit.objects.create(user=user, currency="EUR", amount=limit)
        return user

    def sit_down(self, user: User, **options: Any) -> "Desk":
        """Sign somebody in, with the second factor where their role asks for it."""
        key = enrolled(user)[0] if user.groups.filter(hub_policy__two_factor=True).exists() else None
        desk = self.empty(**options)
        desk.customer.log_in(self.base, user.username, PASSWORD)
        if key is not None:
            desk.fill(code=code_of(key, steps=1))
            desk.press("form:has([name=code]) button[type=submit]")
        return desk

    def empty(self, **options: Any) -> "Desk":
        """Open a browser that nobody has signed in with."""
        return Desk(self.base, self.customers(**options))


class Desk:
    """One person's browser."""

    def __init__(self, base: str, customer: Customer) -> None:
        self.base = base
        self.customer = customer
        customer.run(lambda: customer.page.set_default_timeout(10_000))

    def open(self, path: str) -> int:
        """Open a page; returns its status."""
        answer = self.customer.open(f"{self.base}{path}")
        assert answer is not None, path
        return answer.status

    def press(self, what: str) -> "Desk":
        """Press something that leads to another page."""
        self.customer.click(what)
        return self

    def fill(self, **fields: str) -> "Desk":
        """Type into fields by their names; what is to be chosen is chosen."""
        for name, value in fields.items():
            self._fill(name, value)
        return self

    def _fill(self, name: str, value: str) -> None:
        def act() -> None:
            field = self.customer.page.locator(f"[name={name}]:visible").first
            if field.evaluate("each => each.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)

        self.customer.run(act)

    def tick(self, label: str) -> None:
        """Tick the box of a label."""
        self.customer.run(lambda: self.customer.page.get_by_label(label, exact=True).check())

    def reads(self, what: str = "body") -> str:
        """Read what stands in a part of the page."""
        return self.customer.run(lambda: self.customer.page.locator(what).first.inner_text())

    def has(self, what: str) -> bool:
        """Tell whether the page has something."""
        return bool(self.customer.run(lambda: self.customer.page.locator(what).count()))

    def takes_file(self, button: str) -> tuple[str, str]:
        """Press a button that downloads; returns the file's name and text."""

        def act() -> tuple[str, str]:
            page = self.customer.page
            with page.expect_download() as waiting:
                page.click(button)
            return waiting.value.suggested_filename, waiting.value.path().read_text()

        return self.customer.run(act)

    def serious(self) -> list[str]:
        """Return what axe-core holds to be serious or critical, by WCAG 2.2 AA and its best practices."""

        def look() -> list[str]:
            found = Axe().run(self.customer.page).response["violations"]
            return [
                f"{each['id']}: {node['html'][:200]}"
                for each in found
                if each["impact"] in ("serious", "critical")
                for node in each["nodes"]
            ]

        return self.customer.run(look)
