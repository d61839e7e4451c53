"""Stripe's SDK, sending through the kernel's transport: one request per question, our key only, nothing global.

The SDK asks; it neither retries, nor invents keys, nor tells Stripe about this machine: whatever headers it adds, only
those named here go out.
"""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import stripe

from paymenthub.kernel.http import Exchange, NeverSent, Request, Response, SentNoAnswer, UnreadableAnswer
from providers.errors import AuthFailed, DriverError, OutcomeUnknown, Unavailable
from providers.port import Call
from providers.types import Account

from . import config
from .trouble import Refusal, translate

stripe.enable_telemetry = False  # else the SDK keeps an id of this machine in a file, and sends it
logging.getLogger("stripe").setLevel(logging.WARNING)  # at DEBUG it writes whole request bodies

_PERSONAL = re.compile(r"\b(?:pm|cus)_[A-Za-z0-9_]+|\b(?:card|src)_[A-Za-z0-9]{12,}|[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+")
_SENT = ("authorization", "stripe-version", "stripe-account", "content-type")

T = TypeVar("T")


class KernelHttpClient(stripe.HTTPClient):
    """The SDK's way to the wire, for one call. What is no answer leaves it as an error of the driver contract."""

    name = "paymenthub"

    def __init__(self, call: Call, *, moves_money: bool) -> None:
        super().__init__()
        self._call = call
        self._moves_money = moves_money

    def request_with_retries(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,
        max_network_retries: int | None = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send once, whatever number of retries is asked for."""
        sent = {name: value for name, value in headers.items() if name.lower() in _SENT}
        sent["Accept"] = "application/json"
        if method != "get":  # of a DELETE Stripe does not look at it
            sent["Idempotency-Key"] = self._call.idempotency_key
        request = Request(method.upper(), url, sent, (post_data or "").encode())
        try:
            response = self._call.transport.send(request, on_exchange=self._record)
            return self._read(response)
        except NeverSent as error:
            raise Unavailable(f"Stripe could not be reached ({error.cause_name}).") from None
        except SentNoAnswer as error:  # an unreadable answer is one of these
            raise no_answer(f"No usable answer from Stripe ({error.cause_name}).", self._moves_money) from None

    def _record(self, exchange: Exchange) -> None:
        """Hand the record on without what names a means of payment or its owner: that is kept nowhere."""
        if self._call.on_exchange is not None:
            sent, got = (_PERSONAL.sub("***", body) for body in (exchange.request_body, exchange.response_body))
            self._call.on_exchange(replace(exchange, request_body=sent, response_body=got))

    def _read(self, response: Response) -> tuple[str, int, Mapping[str, str]]:
        status, request_id = response.status, response.headers.get("request-id", "")
        if status == 429:  # too many requests, or another one holds the object: in both cases not processed
            raise Unavailable("Stripe asks to slow down (429).", request_id=request_id)
        if status in (401, 403):
            raise AuthFailed(f"Stripe refused the key ({status}).", request_id=request_id)
        if status in (408, 409, 425) or status >= 500:
            raise no_answer(f"Stripe failed ({status}).", self._moves_money, request_id)
        if not (200 <= status < 300 or 400 <= status < 500) or not isinstance(response.json(), dict):
            raise UnreadableAnswer(f"Status{status}", response.elapsed_ms)
        return response.content.decode(), status, {"request-id": request_id}


def no_answer(message: str, moves_money: bool, request_id: str = "") -> DriverError:
    """Make the error of a question that was sent and not answered."""
    return (OutcomeUnknown if moves_money else Unavailable)(message, request_id=request_id)


def write(call: Call, question: Callable[[stripe.StripeClient, stripe.RequestOptions], T]) -> T | Refusal:
    """Ask for a change, with the call's key; a card that is refused is an answer."""
    options: stripe.RequestOptions = {"idempotency_key": call.idempotency_key}
    return _ask(call, lambda api: question(api, options), moves_money=True)


def read(call: Call, question: Callable[[stripe.StripeClient], T]) -> T | None:
    """Ask how something stands; None where Stripe knows no such object."""
    answer = _ask(call, question, moves_money=False)
    if not isinstance(answer, Refusal):
        return answer
    if answer.is_missing_object:
        return None
    raise answer.rejected()


def _ask(call: Call, question: Callable[[stripe.StripeClient], T], *, moves_money: bool) -> T | Refusal:
    api = _client(call.account, KernelHttpClient(call, moves_money=moves_money))
    try:
        return question(api)
    except stripe.StripeError as error:
        answer = translate(error)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise no_answer(f"Stripe's answer cannot be read ({type(error).__name__}).", moves_money) from None
    # Outside the handler: Stripe's exceptions hold whole bodies, and would come along as the context.
    if answer is None:
        raise no_answer("Stripe's answer cannot be used.", moves_money)
    return answer


def _client(account: Account, http_client: stripe.HTTPClient) -> stripe.StripeClient:
    key = account.config["secret_key"]
    told = "live" if "_live_" in key[:8] else "test" if "_test_" in key[:8] else ""
    if told and told != ("live" if account.live else "test"):
        raise AuthFailed(f"The key is one for {told} mode, but the provider account is not.")
    base = (account.config.get("base_url") or config.BASE_URL).rstrip("/")
    return stripe.StripeClient(
        key,
        stripe_account=account.config.get("account_id") or None,
        stripe_version=config.API_VERSION,
        base_addresses={"api": base},
        max_network_retries=0,
        http_client=http_client,
    )
