"""What every test may ask for."""

from collections.abc import Iterator

import hypothesis
import pytest
from whitenoise.middleware import WhiteNoiseMiddleware

from payments.models import Project, ProviderAccount

from . import factories
from .flushing import empty_what_is_filled
from .scripted import Script

__all__ = ["empty_what_is_filled"]

# How long an example takes is the machine's business: a busy one must not fail a test.
hypothesis.settings.register_profile(
    "hub", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("hub")


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_once() -> Iterator[None]:
    """Every test client makes its own middleware, and WhiteNoise looks for each static file anew: a third of a request."""
    found: dict[str, object] = {}
    look = WhiteNoiseMiddleware.add_files_from_finders

    def once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            look(self)
            found.update(self.files)
        self.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture
def project(db: None) -> Project:
    return factories.make_project()


@pytest.fixture
def script(settings) -> Iterator[Script]:
    """The scripted driver, registered as the only provider; tell it what the PSP says next."""
    settings.PROVIDER_DRIVERS = ["tests.scripted.ScriptedDriver"]
    settings.ENABLED_PROVIDERS = []
    with Script.fresh() as fresh:
        yield fresh


@pytest.fixture
def account(project: Project, script: Script) -> ProviderAccount:
    return factories.make_account(project)
