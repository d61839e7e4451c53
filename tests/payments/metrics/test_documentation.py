from pathlib import Path

from django.conf import settings

from payments.metrics.catalogue import catalogue
from payments.metrics.counters import COUNTERS


def test_the_committed_list_is_the_codes():
    page = (Path(settings.BASE_DIR) / "docs" / "metrics.md").read_text()
    assert page == catalogue(), "run `python -m payments.metrics.catalogue > docs/metrics.md`"


def test_every_counter_is_in_it():
    assert [name for name in COUNTERS if f"`{name}`" not in catalogue()] == []
