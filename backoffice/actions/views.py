"""The pages of an action: its form, where the effect depends on the form a confirm page, and what came of it."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.requests import address_of
from paymenthub.kernel.money import Money
from payments.services import audit
from payments.services.operate import operate

from . import catalogue, tokens
from .base import Action
from .forms import ReasonForm
from .result import result_context, result_url
from .subject import Subject

_TEMPLATE = "backoffice/actions/ask.html"
_STALE = gettext_lazy(
    "This page was too old, or it was opened by somebody else. Nothing was done. Look once more and send it again."
)


def ask(request: HttpRequest, action: Action, subject: Subject, *, back: str) -> HttpResponse:
    """Show an action's form, its confirm page, or do it and go on to the result. `back` leads to the object's page.

    Whatever is refused here, a form whose work was done before leads to that work's result.
    """
    if not catalogue.may(request.user, action, subject):
        raise PermissionDenied
    subject = replace(subject, who=User.objects.get(username=request.user.get_username()))
    token = _token(request, action, subject)
    done = _done_before(token)
    if done is None:
        done = _unless_done(request, action, subject, token, back)
    return done


def _unless_done(
    request: HttpRequest, action: Action, subject: Subject, token: tokens.Token | None, back: str
) -> HttpResponse:
    page = _Page(request, action, subject, back)
    if not action.is_possible(subject):
        return _done_before(token) or page.render(status=409, impossible=action.cannot)
    if request.method != "POST":
        return page.render(form=action.form(subject), token=page.fresh_token())
    form = action.form(subject, request.POST)
    if token is None:
        return page.render(form=form, token=page.fresh_token(), notice=str(_STALE), status=409)
    if not form.is_valid():
        return _done_before(token) or page.render(form=form, token=token)
    if action.two_steps and "confirmed" not in request.POST:
        return page.render(form=form, token=page.fresh_token(token.number), confirm=form.cleaned_data)
    acted = operate(
        _draft(request, action, subject, form, token),
        lambda claim: action.act(subject, form.cleaned_data, claim, token.seen),
    )
    return HttpResponseRedirect(result_url(acted.entry, again=acted.replayed))


class _Page:
    """One page of an action."""

    def __init__(self, request: HttpRequest, action: Action, subject: Subject, back: str) -> None:
        self._request, self._action, self._subject, self._back = request, action, subject, back

    def fresh_token(self, number: int | None = None) -> tokens.Token:
        """Make a token for what is shown now; a form that goes on keeps its number."""
        subject = self._subject
        return tokens.Token(
            user=str(self._request.user.pk),
            action=self._action.name.value,
            object_id=subject.object_id,
            number=number or audit.next_number(subject.object_id),
            seen=subject.payment.refundable if subject.payment is not None else None,
        )

    def render(
        self,
        *,
        form: ReasonForm | None = None,
        token: tokens.Token | None = None,
        confirm: dict[str, Any] | None = None,
        impossible: str = "",
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """Write it."""
        action, subject = self._action, self._subject
        last_step = confirm is not None or not action.two_steps
        context = {
            **admin.site.each_context(self._request),
            "title": action.get_title(subject),
            "action": action,
            "subject": subject,
            "back": self._back,
            "form": form,
            "token": token.signed() if token else "",
            "effect": [] if impossible else action.effect(subject, confirm),
            "confirm": confirm is not None,
            "last_step": last_step,
            "button": action.button(subject, confirm) if last_step else _("Go on"),
            "shown": _shown(form) if confirm is not None and form is not None else [],
            "impossible": impossible,
            "notice": notice,
        }
        return render(self._request, _TEMPLATE, context, status=status)


def show_result(request: HttpRequest, entry: Any, *, back: str, back_to: Any) -> HttpResponse:
    """Show what came of an action, as it is known now."""
    context = {
        **admin.site.each_context(request),
        **result_context(entry),
        "again": "again" in request.GET,
        "back": back,
        "back_to": back_to,
    }
    return render(request, "backoffice/actions/result.html", context)


def _token(request: HttpRequest, action: Action, subject: Subject) -> tokens.Token | None:
    if request.method != "POST":
        return None
    given = request.POST.get("token", "")
    return tokens.read(given, user=str(request.user.pk), action=action.name.value, object_id=subject.object_id)


def _done_before(token: tokens.Token | None) -> HttpResponse | None:
    first = audit.taken(token.object_id, token.number) if token is not None else None
    return HttpResponseRedirect(result_url(first, again=True)) if first is not None else None


def _draft(
    request: HttpRequest, action: Action, subject: Subject, form: ReasonForm, token: tokens.Token
) -> audit.Draft:
    return audit.Draft(
        action=action.name,
        project=subject.project,
        object_id=subject.object_id,
        number=token.number,
        actor=request.user.get_username(),
        address=address_of(request),
        reason=form.cleaned_data.get("reason", ""),
        note=form.cleaned_data.get("note", ""),
        payment=subject.payment,
        item=subject.item,
    )


def _shown(form: ReasonForm) -> list[tuple[str, str]]:
    """List what was typed in beside the amount, in the words of the form."""
    rows = []
    for bound in form:
        value = form.cleaned_data.get(bound.name)
        if isinstance(value, Money):
            continue  # the effect names it
        words = dict(getattr(bound.field, "choices", ())).get(value, value)
        rows.append((str(bound.label), _("yes") if words is True else str(words or "—")))
    return rows
