"""What a genuine notification brings."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.errors import WebhookRejected
from providers.types import Feature, Operation, Verdict

from . import evidence, shape
from .bench import Bench
from .discovery import each_notified
from .harness import Event, Harness


def now() -> datetime:
    return datetime.now(UTC)


def headers(bench: Bench, body: bytes, at: datetime | None = None, secret: str | None = None) -> dict[str, str]:
    harness = bench.harness
    if not harness.signs_notifications:
        return {}
    return harness.sign(body, secret or harness.signing_secrets(bench.account)[0], at or now())


def events(bench: Bench) -> dict[str, Event]:
    found = dict(bench.harness.events(bench))
    assert "paid" in found, "events() must hold at least the one named paid"
    return found


@each_notified()
def test_a_genuine_notification_brings_its_verdicts(harness: Harness, bench: Bench, request: pytest.FixtureRequest):
    for name, event in events(bench).items():
        heard = bench.notify(event.body, {**event.headers, **headers(bench, event.body)}, now())

        assert heard.verdicts == event.verdicts, name
        assert heard.type
        if harness.signs_notifications:
            assert heard.key, name
        else:
            assert heard.reread, "an unsigned body is only a hint"
            assert heard.verdicts == ()
        for verdict in heard.verdicts:
            shape.check(verdict)
            assert verdict.parent or verdict.subject.value not in ("refund", "chargeback", "capture"), name
        evidence.note(request, harness.driver.code, Operation.NOTIFICATION, harness.judge_notification(event))


@each_notified()
def test_the_same_event_has_the_same_key_and_another_one_another(harness: Harness, bench: Bench):
    known = events(bench)
    keys = [
        [bench.notify(e.body, {**e.headers, **headers(bench, e.body)}, now()).key for _ in range(2)]
        for e in known.values()
    ]

    if harness.signs_notifications:
        assert all(first == second for first, second in keys)
        assert len({first for first, _ in keys}) == len(known)


@each_notified()
def test_a_type_that_nobody_knows_is_acknowledged_and_changes_nothing(harness: Harness, bench: Bench):
    body = harness.unknown_event(bench)

    heard = bench.notify(body, headers(bench, body), now())

    assert heard.verdicts == ()
    assert heard.key or heard.reread


@each_notified()
@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"{}", b"null", b"7", b'"text"', b"\xff\xfe", b'{"id": 1}'])
def test_a_genuine_signature_over_nonsense_is_rejected(harness: Harness, bench: Bench, body: bytes):
    with pytest.raises(WebhookRejected):
        bench.notify(body, headers(bench, body), now())


@each_notified()
def test_a_genuine_body_with_any_value_missing_or_of_another_type_breaks_nothing(harness: Harness, bench: Bench):
    for name, event in events(bench).items():
        for bent in _bent(json.loads(event.body)):
            body = json.dumps(bent).encode()
            try:
                heard = bench.notify(body, {**event.headers, **headers(bench, body)}, now())
            except WebhookRejected:
                continue
            for verdict in heard.verdicts:
                assert all(isinstance(ref.value, str) for ref in (*verdict.references, *verdict.parent)), name
                assert verdict.live in (True, False, None), name
                assert isinstance(verdict.account, str), name


@each_notified()
def test_a_fetch_agrees_with_the_notification(harness: Harness, bench: Bench):
    compared = 0
    for name, event in events(bench).items():
        case = harness.fetched_for(name, bench)
        if case is None:
            continue
        bench.wire.reset(case.answer)
        read = bench.ask(Operation.FETCH, case.request)
        assert isinstance(read, tuple)
        for told in event.verdicts:
            assert _essence(told) in [_essence(verdict) for verdict in read], name
            compared += 1
    assert compared or Operation.FETCH not in harness.driver.operations


@each_notified()
def test_a_failure_after_success_is_declared(harness: Harness, bench: Bench, request: pytest.FixtureRequest):
    late = "failed_after_paid" in events(bench)

    assert late == (Feature.DELAYED_FAILURE in harness.driver.features)
    if late:
        evidence.note(request, harness.driver.code, Feature.DELAYED_FAILURE, {evidence.Level.E})


def _essence(verdict: Verdict) -> tuple[Any, ...]:
    """Return what two ways of telling must have in common; when it was told, and by which word, may differ."""
    v = verdict
    return v.subject, v.outcome, v.money, v.references, v.parent, v.attempt_reference, v.account, v.live, v.decline


def _bent(value: Any) -> list[Any]:
    """Return copies of a JSON value, each with one thing in it missing, null or of another type."""
    found: list[Any] = []
    if isinstance(value, dict):
        for name, inner in value.items():
            rest = {n: v for n, v in value.items() if n != name}
            found += [rest, *({**rest, name: other} for other in (None, [], {}, "", -1, True, "x" * 3000))]
            found += [{**rest, name: bent} for bent in _bent(inner)]
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            found += [[*value[:position], bent, *value[position + 1 :]] for bent in (None, *_bent(inner))]
    return found


@each_notified()
def test_one_bent_item_of_a_batch_is_never_smuggled_through(harness: Harness, bench: Bench):
    """A notification of several items is all genuine or not at all, or each item is verified by itself."""
    for name, event in events(bench).items():
        for bent in harness.bent_items(event):
            try:
                heard = bench.notify(bent, {**event.headers, **headers(bench, event.body)}, now())
            except WebhookRejected:
                continue
            assert set(heard.verdicts) < set(event.verdicts), name
