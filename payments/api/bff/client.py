"""What is known of a customer who calls from a page, and how often one may."""

from rest_framework.request import Request

from paymenthub.kernel.errors import InvalidField, NotFound
from payments.domain.devices import Device, device_of, runs_apple_pay
from payments.domain.offering import Client
from payments.models import Payment
from payments.selectors.offered import offered
from payments.services import abuse

from .access import address_of, is_page

_COUNTRY_LETTERS = 2


def client_of(request: Request) -> Client:
    """Tell what the query says of the customer; of a page, its browser tells the rest. Raises InvalidField."""
    agent = request.headers.get("User-Agent", "")[:500] if is_page(request) else ""
    country = request.query_params.get("country", "").upper()
    if country and not (len(country) == _COUNTRY_LETTERS and country.isascii() and country.isalpha()):
        raise InvalidField("Two letters of ISO 3166-1.", param="country")
    device = request.query_params.get("device") or device_of(agent).value
    if device not in list(Device):
        raise InvalidField(f"One of {', '.join(Device)}.", param="device")
    apple_pay = request.query_params.get("applePay") or str(runs_apple_pay(agent)).lower()
    if apple_pay not in ("true", "false"):
        raise InvalidField("true or false.", param="applePay")
    return Client(country, device, apple_pay == "true", agent, address_of(request))


def account_offered(request: Request, payment: Payment, *, provider: str, method: str) -> str:
    """Name the account that takes a page's choice; a shop's server chooses for itself, among all (empty: the default one).

    Raises NotFound for what this customer is not offered: a page is somebody else's, and rules and limits bind it.
    """
    if not is_page(request):
        return ""
    offer = offered(payment, client=client_of(request))
    for each in offer.methods:
        if (each.provider, each.method) == (provider, method):
            return each.account_name
    raise NotFound("This method is not offered for this payment.", param="paymentMethod")


def guard_pay(request: Request, payment: Payment) -> None:
    """Count that a page begins to pay; a shop's server is bounded by its key. Raises RateLimited."""
    if is_page(request):
        abuse.guard_choose(payment, address_of(request))
