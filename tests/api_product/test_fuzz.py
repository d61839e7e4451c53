"""schemathesis against the WSGI app on PostgreSQL: no 500, and no answer that the document does not have."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from payments.models import Payment

from .world import World, camel, operations

pytestmark = pytest.mark.django_db(transaction=True)
CHECKS = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
# Answers of the hub that say «not now» about a PSP that is away, or «not offered»: documented, and no fault.
AWAY = {501, 502, 503}


class Fuzzer:
    """Calls operations with generated cases; three in four get names and ids that exist, to come past the door."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.schema = schemathesis.openapi.from_wsgi("/documentation/json", get_wsgi_application())
        self.statuses: dict[int, int] = {}
        self._operations = {str(each): each for each in operations()}

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    def run(self, operation: Any, examples: int) -> None:
        """Send so many requests of one operation. Raises schemathesis' failure, with a curl command, at the first finding."""
        modes = [
            operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]

        @hypothesis.given(case=st.one_of(modes[0], *modes), data=st.data())
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        )
        def call(case: Any, data: st.DataObject) -> None:
            if data.draw(st.integers(0, 3)):
                self._make_real(case, data)
            response = case.call(headers={"Authorization": f"Bearer {self._world.key}"})
            self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
            checks = CHECKS if response.status_code in AWAY else [*CHECKS, not_a_server_error]
            case.validate_response(response, checks=checks)

        call()

    def _known(self, name: str) -> list[str]:
        """Everything of ours by this name: of the payment that is paid, that is held, that nobody has paid yet."""
        return [value for known in (self._world.known, *self._world.elsewhere) for value in known.get(name, [])]

    def _make_real(self, case: Any, data: st.DataObject) -> None:
        def one_in(number: int) -> bool:
            return bool(data.draw(st.integers(1, number)) == 1)

        for place in (case.path_parameters, case.query):
            for name in list(place or {}):
                if camel(name) in self._world.known:
                    place[name] = data.draw(st.sampled_from(self._known(camel(name))))
        for name in set(case.headers or {}) & {"Authorization", "secret", "X-Provider-Account", "Idempotency-Key"}:
            if not one_in(10):
                del case.headers[name]
        operation = self._operations[f"{case.method} {case.operation.path}"]
        examples = list(operation.request_examples.values())
        if examples and isinstance(case.body, dict) and not one_in(4):
            real = {name: data.draw(st.sampled_from(self._known(name))) for name in self._world.known}
            if not one_in(8):
                real |= dict.fromkeys(("shopTransactionId", "batchId"), f"new-{self.requests}")
            real["amount"] = data.draw(st.integers(1, 2000))
            example = self._world.with_ids(data.draw(st.sampled_from(examples)), operation)
            odd = {name: value for name, value in case.body.items() if one_in(6)}
            case.body = example | {name: value for name, value in real.items() if name in example} | odd


def fuzz(world: World, requests: int) -> Fuzzer:
    fuzzer = Fuzzer(world)
    found = [result.ok() for result in fuzzer.schema.get_all_operations()]
    assert len(found) >= 6
    for operation in found:
        fuzzer.run(operation, -(-requests // len(found)))
    print(f"{fuzzer.requests} requests, answered {dict(sorted(fuzzer.statuses.items()))}")
    return fuzzer


def test_a_few_hundred_requests_find_nothing(world):
    fuzzer = fuzz(world, 300)
    assert fuzzer.requests >= 300
    assert fuzzer.statuses[200] >= 10, "the fuzzer hardly came past the door"
    assert Payment.objects.count() > 5


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_ten_thousand_requests_find_nothing(world):
    fuzzer = fuzz(world, 10_000)
    assert fuzzer.requests >= 10_000
    assert {200, 400, 404} <= set(fuzzer.statuses)
