"""A payment machine with a step before its charge, and relay and workers in one call."""

import dataclasses
import json
import uuid
from typing import Any

from payments.attempts.start import start
from payments.domain.machine import CHANNELS, Machine
from payments.domain.machine_loading import load
from payments.models import SagaCommand
from payments.outbound.carry_out import carry_out
from payments.outbound.relay import Relay
from payments.services.time_out import due_timeouts, time_out
from tests.architecture.sources import ROOT

FRAUD_CHECK: dict[str, Any] = json.loads((ROOT / "examples/machines/fraud_check.json").read_text(encoding="utf-8"))


def machine(data: dict[str, Any], *, version: int = 99) -> Machine:
    """Read a machine as one that new payments start with."""
    return dataclasses.replace(load(data, channels=CHANNELS), name="payment", version=version)


def with_channel(data: dict[str, Any], channel: dict[str, Any]) -> dict[str, Any]:
    """Put a channel in the place of the machine's."""
    return {**data, "communicationProtocols": [channel]}


def small_machine(**over: Any) -> dict[str, Any]:
    """A machine of few states: a step before the charge, in whatever shape a test needs it."""
    states = {
        "CREATED": {"ways": {"scheduleRequested": "STEP", "paymentAuthorizationRequested": "STEP"}},
        "STEP": {
            "command": {"channel": "step", "label": "stepRequested"},
            "ways": {
                "passed": "CHARGING", "again": "STEP", "stepFailed": ("FAILED", 1000), "cancelRequested": ("CANCELLED", 1001),
                "paymentExpired": ("EXPIRED", 1002), "claimPaid": ("PAID", 1), "paymentFailed": ("FAILED", 1000),
            },
        },
        "CHARGING": {
            "command": {"channel": "pay", "label": "paymentScheduled"},
            "ways": {
                "paymentScheduled": "WAITING", "paymentExecuted": ("PAID", 1), "paymentFailed": ("FAILED", 1000),
                "paymentAuthorized": ("HELD", 20), "giveUp": ("FAILED", 1000),
            },
        },
        "WAITING": {
            "ways": {
                "paymentExecuted": ("PAID", 1), "paymentFailed": ("FAILED", 1000), "paymentExpired": ("EXPIRED", 1002),
                "giveUp": ("FAILED", 1000),
            },
        },
        "HELD": {"business": 20, "ways": {"goodsShipped": ("CAPTURING", 20)}},
        "CAPTURING": {
            "business": 20, "command": {"channel": "capture", "label": "captureRequested"},
            "ways": {"paymentExecuted": ("PAID", 1), "partialCaptureExecuted": ("PAID", 1), "captureFailed": ("HELD", 20)},
        },
        "PAID": {"business": 1, "ways": {"goodsReturned": ("REFUNDING", 1)}},
        "REFUNDING": {
            "business": 1, "command": {"channel": "refund", "label": "refundRequested"},
            "ways": {
                "partialRefundExecuted": ("PARTLY_REFUNDED", 2), "totalRefundExecuted": ("REFUNDED", 3),
                "refundFailed": ("PAID", 1),
            },
        },
        "PARTLY_REFUNDED": {"business": 2, "ways": {"goodsReturned": ("REFUNDING", 1)}},
        "REFUNDED": {"business": 3},
        "FAILED": {"business": 1000},
        "CANCELLED": {"business": 1001},
        "EXPIRED": {"business": 1002},
    }  # fmt: skip
    for name, more in over.pop("states", {}).items():
        states[name] = {**states.get(name, {}), **more}
    business = [
        (0, "PAYMENT_CREATED", "paymentCreated"), (1, "PAYMENT_PAID", "paymentPaid"),
        (2, "PAYMENT_PARTIALLY_REFUNDED", "paymentPartiallyRefunded"), (3, "PAYMENT_TOTALLY_REFUNDED", "paymentTotallyRefunded"),
        (20, "PAYMENT_AUTHORIZED", "paymentAuthorized"), (1000, "PAYMENT_FAILED", "paymentFailed"),
        (1001, "PAYMENT_CANCELLED", "paymentCancelled"), (1002, "PAYMENT_EXPIRED", "paymentExpired"),
    ]  # fmt: skip
    return {
        "name": "small",
        "version": 1,
        "initialState": "CREATED",
        "creationEvent": "paymentCreated",
        "businessStates": [{"id": id, "description": state} for id, state, _ in business],
        "businessEvents": [{"id": id, "description": event} for id, _, event in business],
        "communicationProtocols": [{"id": "step", "type": "handler", "configurations": {"handler": "step"}}],
        "states": [_state(name, told) for name, told in states.items()],
        **over,
    }


def _state(name: str, told: dict[str, Any]) -> dict[str, Any]:
    ways = [(event, way if isinstance(way, tuple) else (way, 0)) for event, way in told.get("ways", {}).items()]
    state = {
        "id": name,
        "isFinal": not ways,
        "businessStateId": told.get("business", 0),
        "outgoingTransitions": [
            {"inputEvent": event, "targetState": target, "businessEventId": number} for event, (target, number) in ways
        ],
    }
    if "command" in told:
        state["outputCommand"] = told["command"]
    if "side_effects" in told:
        state["sideEffects"] = told["side_effects"]
    if "timeout" in told:
        state["timeout"] = told["timeout"]
    return state


def handed_out() -> list[tuple[uuid.UUID, int]]:
    """Be the relay for one round; return the commands that it would hand to workers."""
    jobs: list[tuple[str, list[Any]]] = []
    Relay(send=lambda task, arguments: jobs.append((task, arguments))).tick()
    return [
        (uuid.UUID(id), tries) for task, (id, *rest) in jobs if task == "payments.carry_out_command" for tries in rest
    ]


def work(rounds: int = 500) -> int:
    """Be relay and worker until no command is due; return how many tries were made."""
    tries = 0
    for _ in range(rounds):
        jobs = handed_out()
        if not jobs:
            return tries
        for command_id, tried in jobs:
            tries += 1
            attempt_id = carry_out(command_id, tries=tried)
            if attempt_id is not None:
                start(attempt_id)
    raise AssertionError("there is no end of it")


def time_goes_by() -> None:
    """Be the beat for states whose time is over."""
    for payment_id, number in due_timeouts():
        fed = time_out(payment_id, number)
        if fed is not None and fed.attempt is not None:
            start(fed.attempt.pk)


def the_command() -> SagaCommand:
    """Return the only command."""
    return SagaCommand.objects.get()
