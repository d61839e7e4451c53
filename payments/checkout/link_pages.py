"""`/l/{code}`: what is paid and a button, or a word on why the link is over. A payment begins on POST only: programs that
look at links before people do follow them with GET."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from paymenthub.kernel import ids
from paymenthub.kernel.crypto import hash_secret
from paymenthub.kernel.errors import HubError, InvalidField, NotFound
from paymenthub.kernel.money import Money
from payments.domain.typed_amount import UnreadableAmount, read_amount
from payments.models import Payment, PaymentLink
from payments.notifications import writing
from payments.selectors import links
from payments.selectors.branding import serves
from payments.selectors.links import LinkStatus
from payments.services.abuse import guard_open
from payments.services.checkout_tokens import checkout_url
from payments.services.links.begin import BeginCommand, LinkOver, LinkTaken, LinkUsed, begin

from .browser import ip_of
from .errors import error_page
from .languages import locale_for
from .render import page
from .stages import items_of
from .views import SeeOther

_COOKIE = "hub_link"
_COOKIE_LIFETIME = 30 * 86400  # seconds
_LONGEST_COOKIE = 64
_GONE, _CONFLICT = 410, 409


@dataclass(frozen=True, slots=True)
class _Guest:
    """One browser at one link; `token` is what its cookie holds."""

    request: HttpRequest
    link: PaymentLink
    token: str

    @property
    def name(self) -> str:
        """What the browser is known by here: the cookie itself is not kept."""
        return hash_secret(self.token)

    @property
    def own(self) -> Payment | None:
        """The payment that this browser has begun last."""
        return links.use_of_visitor(self.link.pk, self.name)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def link_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show what is paid; on POST begin to pay, and send the customer into the checkout."""
    link: PaymentLink | None = None
    try:
        guard_open(ip_of(request), "link")
        link = links.by_code(code)
        if not serves(request.get_host(), link.project):
            raise NotFound("There is nothing here.")
        guest = _Guest(request, link, request.COOKIES.get(_COOKIE, "")[:_LONGEST_COOKIE] or ids.random_token())
        if request.method != "POST":
            return _remembered(guest, _shown(guest))
        guard_open("", "link", link=link.pk.hex)
        return _remembered(guest, _begun(guest))
    except HubError as error:
        project, locale = (link.project, link.locale) if link is not None else (None, "")
        return error_page(request, error, project=project, locale=locale, again_url=request.path if link else "")


def _shown(guest: _Guest) -> HttpResponse:
    status, own = links.status_of(guest.link, links.uses_of(guest.link.pk)), guest.own
    if status is LinkStatus.OPEN or (own is not None and links.is_open(own)):
        return _form(guest, own)
    return _ended(guest, status, own)


def _begun(guest: _Guest) -> HttpResponse:
    request, link = guest.request, guest.link
    amount: int | None = None
    if link.amount is None:
        try:
            amount = read_amount(request.POST.get("amount", ""), link.currency).amount
        except UnreadableAmount as error:
            return _form(guest, guest.own, problem=f"link.amount_{error.problem.value}", status=400)
    command = BeginCommand(
        link_id=link.pk,
        amount=amount,
        visitor=guest.name,
        locale=str(locale_for(request, link.locale).language),
        evidence=f"request:{request.META.get('hub.request_id', '')}",
    )
    try:
        payment = begin(command)
    except InvalidField:
        return _form(guest, guest.own, problem="link.amount_bounds", status=400)
    except LinkTaken:
        return _form(guest, guest.own, notice="link.taken", status=_CONFLICT)
    except (LinkOver, LinkUsed):
        own = guest.own
        if own is not None and (own.captured or own.authorized):
            return SeeOther(checkout_url(own))  # their receipt
        return _ended(guest, links.status_of(link, links.uses_of(link.pk)), own)
    return SeeOther(checkout_url(payment))


def _form(
    guest: _Guest, own: Payment | None, *, problem: str = "", notice: str = "", status: int = 200
) -> HttpResponse:
    link = guest.link
    begun = own if own is not None and links.is_open(own) else None
    typed = guest.request.POST.get("amount", "")[:40]
    if not typed and begun is not None and link.amount is None:
        typed = f"{begun.money.to_decimal():f}"
    context = {
        "link": link,
        "begun": begun,
        "problem": problem,
        "notice": notice,
        "typed": typed,
        "items": items_of(link),
        "test_mode": link.mode == "test",
        "until": _until(guest),
        "example": "" if link.min_amount is None else f"{Money(link.min_amount, link.currency).to_decimal():f}",
    }
    return page(guest.request, "checkout/link.html", context, project=link.project, locale=link.locale, status=status)


def _ended(guest: _Guest, status: LinkStatus, own: Payment | None) -> HttpResponse:
    link = guest.link
    paid = own is not None and bool(own.captured or own.authorized)
    # Whoever has paid is never told that nothing was charged, however the link has ended.
    kind = "paid" if paid else status.value
    context = {"link": link, "kind": kind, "paid": paid, "test_mode": link.mode == "test"}
    context |= {"title": f"link.{kind}_title", "explanation": f"link.{kind}_text"}
    number = 200 if paid else _GONE
    return page(
        guest.request, "checkout/link_ended.html", context, project=link.project, locale=link.locale, status=number
    )


def _until(guest: _Guest) -> str:
    link = guest.link
    if link.expires_at is None:
        return ""
    return writing.moment(link.expires_at, link.project.timezone, locale_for(guest.request, link.locale))


def _remembered(guest: _Guest, response: HttpResponse) -> HttpResponse:
    """Let the browser be known when it comes back to this link, and to no other."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    response.set_cookie(
        _COOKIE,
        guest.token,
        max_age=_COOKIE_LIFETIME,
        path=f"/l/{guest.link.code}",
        httponly=True,
        secure=guest.request.is_secure(),
        samesite="Lax",
    )
    return response
