"""The header Idempotency-Key: one key, one piece of work, one answer. Every POST goes through here."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import IntegrityError
from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import db
from paymenthub.kernel.errors import HubError, IdempotencyInFlight, ProviderUnavailable
from payments.domain.attempt import AttemptState
from payments.idempotency import Claim, Rendered
from payments.locks import is_leased
from payments.models import Attempt, IdempotencyRecord, Payment
from payments.selectors.attempts import paying_attempt
from payments.selectors.keyring import ring
from payments.services.ordering import constraint_of
from payments.services.results import OperationResult, PayOutcome, result_of, without_attempt

from .idempotency_header import key_of
from .views import caller

REPLAYED = "Idempotency-Replayed"
_PURPOSE = "idempotency-key"

Say = Callable[[OperationResult], msgspec.Struct]
SayWaiting = Callable[[PayOutcome], msgspec.Struct]


def perform(
    request: Request,
    work: Callable[[Claim | None], PayOutcome],
    say: Say,
    *,
    beside: object = None,
    say_waiting: SayWaiting | None = None,
) -> Response:
    """Do what the request asks for, once per key, and answer what `say` makes of the outcome.

    `work` reads and checks the request itself, so that a refusal stores nothing. `beside` is content that is not in the
    body, and `say_waiting` speaks of a payment without an attempt, where there may be one. Raises InvalidField for a
    malformed key, IdempotencyKeyReused and IdempotencyInFlight.
    """

    def answer(outcome: PayOutcome) -> Response:
        return Response(_said(outcome, say, say_waiting), headers={REPLAYED: "true"} if outcome.replayed else {})

    claim = _claim(request, beside, lambda attempt: _rendered(attempt, say))
    if claim is None:
        return answer(work(None))
    if say_waiting is not None:
        claim = dataclasses.replace(claim, render_payment=lambda payment: _standing(payment, say, say_waiting))

    def once() -> Response:
        outcome = work(claim)
        if outcome.replayed and outcome.attempt is not None:
            # An earlier request's outcome, found by its content: from now on it is this key's answer too.
            _keep(claim, outcome.attempt)
        return answer(outcome)

    return _once(claim, once)


def perform_for_payment(
    request: Request, work: Callable[[Claim | None], tuple[Payment, bool]], say: Callable[[Payment], msgspec.Struct]
) -> Response:
    """Like `perform`, for work on a payment of which no provider is asked: the key stands for the payment, and is answered
    by how it stands whenever asked, since nothing that opens anything may be kept. `work` takes the claim itself
    (`keep_for`), and returns whether the payment is an earlier request's."""
    claim = _claim(request, None, lambda attempt: None)
    if claim is not None:
        claim = dataclasses.replace(claim, render_payment=lambda payment: _stored(say(payment)))

    def once() -> Response:
        payment, replayed = work(claim)
        return Response(say(payment), headers={REPLAYED: "true"} if replayed else {})

    return once() if claim is None else _once(claim, once)


def keep_for(claim: Claim, payment: Payment) -> None:
    """Let a key stand for a payment. Raises IdempotencyInFlight where another request has just taken it."""
    try:
        with db.durable():
            claim.take_for(payment)
    except IntegrityError as error:
        raise _told(error) from None


def perform_without_attempt(request: Request, work: Callable[[], tuple[msgspec.Struct, bool]]) -> Response:
    """Like `perform`, for work that has a natural key of its own. `work` returns its answer, and whether it is the last
    word: one that is not is not stored, so that the same request goes on where it stopped."""
    claim = _claim(request, None, lambda attempt: None)
    if claim is None:
        return Response(work()[0])

    def once() -> Response:
        answer, is_final = work()
        if is_final:
            _keep(dataclasses.replace(claim, render=lambda attempt: _stored(answer)), None)
        return Response(answer)

    return _once(claim, once)


def perform_at_once(request: Request, work: Callable[[], None], *, content: object = None) -> Response:
    """Like `perform`, for work that only writes rows down and has nothing to answer: key and rows are one transaction.

    `content` is what the request says, where its body cannot be compared as JSON. Answers 200 with an empty body.
    """
    claim = _claim(request, content, lambda attempt: (200, {}), compare_body=content is None)

    def once() -> Response:
        with db.durable():
            if claim is not None:
                claim.take(None)
            work()
            if claim is not None:
                claim.settle(None)
        return Response(None)

    return once() if claim is None else _once(claim, once)


def perform_with_claim(request: Request, work: Callable[[Claim | None], tuple[Response, bool]]) -> Response:
    """Like `perform`, for work that takes and settles the claim itself in the transaction that writes it down. `work`
    returns its response, and whether that is an earlier request's outcome."""
    claim = _claim(request, None, lambda attempt: None)

    def once() -> Response:
        response, replayed = work(claim)
        if replayed:
            response[REPLAYED] = "true"
            if claim is not None:
                rendered = (response.status_code, msgspec.to_builtins(response.data))
                _keep(dataclasses.replace(claim, render=lambda attempt: rendered), None)
        return response

    return once() if claim is None else _once(claim, once)


def _once(claim: Claim, work: Callable[[], Response]) -> Response:
    tried_before = False
    while True:
        earlier = claim.replay()
        if earlier is not None:
            return _replay(earlier)
        try:
            return work()
        except (HubError, IntegrityError) as error:
            problem = _told(error)
        # A request with this key may have overtaken this one; then its answer counts, and not this refusal.
        earlier = claim.replay()
        if earlier is not None:
            return _replay(earlier)
        if tried_before or not isinstance(problem, IdempotencyInFlight) or not _free(claim):
            raise problem
        tried_before = True


def _told(error: HubError | IntegrityError) -> HubError:
    """Return the error for the caller; raises what is none of theirs."""
    if isinstance(error, HubError):
        return error
    if constraint_of(error) == "idempotency_key_once":
        return IdempotencyInFlight("The first request with this Idempotency-Key is still running.")
    raise error


def _claim(
    request: Request,
    beside: object,
    render: Callable[[Attempt | None], Rendered | None],
    *,
    compare_body: bool = True,
) -> Claim | None:
    key = key_of(request)
    # Read first, and without a key too: what cannot be read is refused before any work.
    body = request.data if compare_body else None
    if key is None:
        return None
    who = caller(request)
    # Keyed, since providerData is part of it: nobody can try values against a stored fingerprint.
    parts = [request.method, request.path, body, beside, who.key_id.hex]
    content = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str).encode()
    fingerprint = ring().digest(content, purpose=_PURPOSE)

    def is_same(known: str) -> bool:
        return ring().digest_matches(known, content, purpose=_PURPOSE)

    return Claim(who.project.id, who.mode, who.key_id, key, fingerprint, is_same, render)


def _rendered(attempt: Attempt | None, say: Say) -> Rendered | None:
    if attempt is None:
        return None
    try:
        return _stored(say(result_of(attempt.payment, attempt)))
    except ProviderUnavailable:
        return None


def _stored(answer: msgspec.Struct) -> Rendered:
    body: dict[str, Any] = msgspec.to_builtins(answer)
    return 200, body


def _keep(claim: Claim, attempt: Attempt | None) -> None:
    """Store the answer of a key whose work wrote nothing down; the first request with the key goes before.

    Of an attempt it is told as it stands now: what was read before may be sending, or not sent, by now.
    """
    try:
        with db.durable():
            if attempt is not None:
                attempt = Attempt.objects.select_related("payment", "refund").get(pk=attempt.pk)
                if is_leased(attempt):
                    return
            claim.take(attempt)
            claim.settle(attempt)
    except IntegrityError as error:
        if constraint_of(error) != "idempotency_key_once":
            raise


def _free(claim: Claim) -> bool:
    """Give up a key whose request died before anything was sent: it was never answered and may be used again.

    The attempt's state is part of the statement: a key that another request has just taken up again stays.
    """
    unsent = Q(attempt__state=AttemptState.NOT_SENT) | Q(payment__attempts__state=AttemptState.NOT_SENT)
    unanswered = IdempotencyRecord.objects.filter(
        unsent, project_id=claim.project_id, mode=claim.mode, key=claim.key, status=None
    )
    return unanswered.delete()[0] > 0


def _replay(earlier: Rendered) -> Response:
    status, body = earlier
    return Response(body or None, status=status, headers={REPLAYED: "true"})


def _standing(payment: Payment, say: Say, say_waiting: SayWaiting) -> Rendered | None:
    attempt = paying_attempt(payment.pk)
    return _stored(say_waiting(without_attempt(payment))) if attempt is None else _rendered(attempt, say)


def _said(outcome: PayOutcome, say: Say, say_waiting: SayWaiting | None) -> msgspec.Struct:
    if isinstance(outcome, OperationResult):
        return say(outcome)
    if say_waiting is None:
        raise TypeError("only a payment may stand without an attempt")
    return say_waiting(outcome)
