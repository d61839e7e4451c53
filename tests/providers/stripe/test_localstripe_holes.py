"""Each known hole of localstripe is still there; a newer localstripe that closed one is noticed here."""

from collections.abc import Iterator

import httpx
import pytest

from .localstripe_holes import HOLES, Hole
from .processes import Localstripe


@pytest.fixture(scope="module")
def client(localstripe: Localstripe) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer sk_test_holes"}
    with httpx.Client(base_url=localstripe.bare, headers=headers, timeout=10, trust_env=False) as made:
        yield made


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_localstripe_still(hole: Hole, client: httpx.Client):
    assert hole.probe(client), f"localstripe no longer {hole.name}: drop it from localstripe_holes.py"
