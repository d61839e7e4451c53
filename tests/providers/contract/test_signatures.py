"""A notification that is not genuine is rejected, and told apart in constant time."""

import ast
import inspect
import json
import re
import sys
from datetime import timedelta

import pytest

from providers.errors import WebhookRejected

from .bench import TOLERANCE, Bench
from .discovery import each_signed
from .harness import Harness
from .test_notifications import events, headers, now

SIGNATURE_WORDS = ("signature", "expected", "digest", "hmac", "mac")


@each_signed()
def test_every_flipped_byte_is_noticed(harness: Harness, bench: Bench):
    event = events(bench)["paid"]
    signed = headers(bench, event.body)
    for position in range(len(event.body)):
        bent = bytearray(event.body)
        bent[position] ^= 1
        with pytest.raises(WebhookRejected):
            bench.notify(bytes(bent), {**event.headers, **signed}, now())


@each_signed()
def test_a_bent_header_is_noticed(harness: Harness, bench: Bench):
    event = events(bench)["paid"]
    signed = headers(bench, event.body)
    for name, value in signed.items():
        others = [value[:i] + chr(ord(value[i]) ^ 1) + value[i + 1 :] for i in range(len(value))]
        others += ["", "x", value[:-1], value * 2 if "," not in value else "", "t=,v1=", "é", "\x00"]
        # Digits to Python, and no number to int(): a server decodes headers as Latin-1, so anybody can send them.
        others += [re.sub("[0-9]", "²", value), re.sub("[0-9]+", "²", value, count=1)]
        for other in others:
            with pytest.raises(WebhookRejected):
                bench.notify(event.body, {**event.headers, **signed, name: other}, now())
        without = {n: v for n, v in signed.items() if n != name}
        with pytest.raises(WebhookRejected):
            bench.notify(event.body, {**event.headers, **without}, now())


@each_signed()
def test_another_key_is_noticed(harness: Harness, bench: Bench, other_bench: Bench):
    event = events(bench)["paid"]
    foreign = harness.signing_secrets(other_bench.account)[0]

    for secret in (foreign, "", harness.signing_secrets(bench.account)[0] + "x"):
        signed = harness.sign(event.body, secret, now())
        with pytest.raises(WebhookRejected):
            bench.notify(event.body, {**event.headers, **signed}, now())


@each_signed()
def test_no_secret_accepts_nothing(harness: Harness, bench: Bench):
    event = events(bench)["paid"]
    secrets = set(harness.signing_secrets(bench.account))
    bare = bench.account_with({n: "" if v in secrets else v for n, v in bench.account.config.items()})

    with pytest.raises(WebhookRejected):
        bench.notify(event.body, {**event.headers, **harness.sign(event.body, "", now())}, now(), bare)


@each_signed()
def test_the_raw_bytes_are_signed_and_not_what_they_mean(harness: Harness, bench: Bench):
    event = events(bench)["paid"]
    signed = headers(bench, event.body)
    same = json.dumps(json.loads(event.body), indent=1).encode()
    assert same != event.body

    with pytest.raises(WebhookRejected):
        bench.notify(same, {**event.headers, **signed}, now())


@each_signed()
def test_each_secret_is_accepted_while_they_are_rotated(harness: Harness, bench: Bench):
    event = events(bench)["paid"]
    secrets = harness.signing_secrets(bench.account)
    assert len(set(secrets)) == 2, "an account must be able to have two secrets"

    for secret in secrets:
        heard = bench.notify(event.body, {**event.headers, **harness.sign(event.body, secret, now())}, now())
        assert heard.verdicts == event.verdicts


@each_signed()
def test_a_stale_and_a_far_future_signature_are_rejected_and_one_within_tolerance_is_not(
    harness: Harness, bench: Bench
):
    event = events(bench)["paid"]
    moment = now().replace(microsecond=0)
    for offset in (-TOLERANCE, timedelta(), TOLERANCE):
        signed = headers(bench, event.body, moment + offset)
        assert bench.notify(event.body, {**event.headers, **signed}, moment).verdicts == event.verdicts
    if harness.timeless_signature():
        return
    for offset in (-TOLERANCE - timedelta(seconds=1), TOLERANCE + timedelta(seconds=1), timedelta(days=3650)):
        signed = headers(bench, event.body, moment + offset)
        with pytest.raises(WebhookRejected):
            bench.notify(event.body, {**event.headers, **signed}, moment)


@each_signed()
def test_signatures_are_not_compared_with_an_equals_sign(harness: Harness, bench: Bench):
    package = type(harness.driver).__module__.rpartition(".")[0]
    modules = [module for name, module in sys.modules.items() if name == package or name.startswith(f"{package}.")]
    found = []
    for module in modules:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn):
                names = {n.id.lower() for n in ast.walk(node) if isinstance(n, ast.Name)}
                if any(word in name.split("_") for name in names for word in SIGNATURE_WORDS):
                    found.append(f"{module.__name__}:{node.lineno}")

    assert found == []
