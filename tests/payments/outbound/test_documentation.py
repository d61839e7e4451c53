"""docs/callbacks.md says what the code does."""

from pathlib import Path

import pytest

from payments.domain.news import CALLBACKS, CHECKED
from payments.outbound import guard

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "callbacks.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("event_type", sorted({CHECKED, *(event_type for event_type, _ in CALLBACKS.values())}))
def test_every_event_type_is_named(event_type):
    assert f"`{event_type}`" in TEXT


@pytest.mark.parametrize("refused", guard.TargetRefused.__subclasses__())
def test_every_reason_to_refuse_an_address_is_named(refused):
    assert f"`{refused.code}`" in TEXT
