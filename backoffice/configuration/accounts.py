"""The pages that make, change and test provider accounts."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from backoffice.links import page_of
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.errors import HubError
from payments.models import Mode, ProviderAccount
from payments.selectors import accounts
from payments.selectors.known_providers import known_provider
from payments.services.check_connection import check_connection
from payments.services.merchants import webhook_url
from payments.services.provider_accounts import change_account, make_account

from .account_forms import PREFIX, AccountForm, ChooseForm
from .page import Page, Secret, ask, by_of, explain, show_once
from .parts import ChangeForm


def new_account(request: HttpRequest, back: str) -> HttpResponse:
    """Ask for project, provider and mode, then for the account's settings, and make it."""
    chosen = ChooseForm(request.user, request.GET if "provider" in request.GET else None, initial=request.GET.dict())
    if not chosen.is_bound or not chosen.is_valid():
        return _choose(request, chosen, back)
    choice = chosen.cleaned_data
    provider, mode = known_provider(choice["provider"]), choice["mode"]
    if provider is None:
        raise Http404
    form = AccountForm(request.POST if request.method == "POST" else None, provider=provider, mode=mode)
    if form.is_bound and form.is_valid():
        try:
            made = make_account(
                project=choice["project"],
                provider=provider.code,
                mode=mode,
                given=form.given(),
                by=by_of(request, form),
            )
        except HubError as error:
            _explain(form, error)
        else:
            return show_once(
                request,
                title=str(made),
                lead=_("The account was made. Its credentials are sealed and not shown again."),
                secrets=[Secret(_("Webhook URL for the provider's dashboard"), webhook_url(made), is_secret=False)],
                hints=[_("Next: test the connection, on the account's page.")],
                back=page_of(made),
            )
    title = _("New account at %(provider)s · %(project)s") % {
        "provider": provider.name,
        "project": choice["project"],
    }
    return ask(request, Page(title, back, _("Make it"), _about_mode(mode), mode), form)


def _choose(request: HttpRequest, form: ChooseForm, back: str) -> HttpResponse:
    page = Page(_("New provider account"), back, _("Go on"), is_get=True)
    return ask(request, page, form)


def edit_account(request: HttpRequest, row: ProviderAccount) -> HttpResponse:
    """Change an account; credentials that are left empty stay."""
    provider = known_provider(row.provider)
    if provider is None:
        messages.error(request, _("No driver of this provider is installed here: the account cannot be changed."))
        return HttpResponseRedirect(page_of(row))
    try:
        config = accounts.opened(row).config
    except SealBroken:
        config = {}
    posted = request.POST if request.method == "POST" else None
    form = AccountForm(posted, provider=provider, mode=row.mode, row=row, config=config)
    if form.is_bound and form.is_valid():
        try:
            change_account(account=row, given=form.given(), by=by_of(request, form), seen=form.cleaned_data["seen"])
        except HubError as error:
            _explain(form, error)
        else:
            messages.success(request, _("The account was changed."))
            return HttpResponseRedirect(page_of(row))
    effect = (
        *_about_mode(row.mode),
        _("New settings hold for every call from now on, those about payments that are open too."),
        _("Credentials are never shown. What is left empty stays as it is."),
    )
    return ask(request, Page(_("Change · %(name)s") % {"name": row}, page_of(row), _("Save"), effect, row.mode), form)


def try_account(request: HttpRequest, row: ProviderAccount) -> HttpResponse:
    """Try the account's credentials, and show what came of it on the same page."""
    form, came = ChangeForm(request.POST if request.method == "POST" else None), None
    if form.is_bound and form.is_valid():
        came = check_connection(account=row, by=by_of(request, form))
    effect = (
        _("The provider is asked once, with the account's credentials, something that changes nothing."),
        _("No money moves, and no payment is made. It is written to the audit trail."),
    )
    page = Page(_("Test the connection · %(name)s") % {"name": row}, page_of(row), _("Test it now"), effect, row.mode)
    result = None
    if came is not None:
        told = _("The provider took the credentials.") if came.is_good else _("The connection does not work.")
        result = {"is_good": came.is_good, "told": told, "message": came.message, "elapsed_ms": came.elapsed_ms}
    return ask(request, page, form, result=result)


def _about_mode(mode: str) -> tuple[str, ...]:
    return (_("Live: this account takes real money."),) if mode == Mode.LIVE else ()


def _explain(form: AccountForm, error: HubError) -> None:
    """Put the error beside the setting that it names."""
    fields = {name.removeprefix(PREFIX): name for name in form.fields if name.startswith(PREFIX)}
    explain(form, error, {**fields, "method": "methods"})
