"""One action for many rows: a page that lists them, one reason, and what came of each.

Each row is an action of its own, with its own place among the forms of its object and its own rows in the audit trail:
a list that is sent twice, or from two tabs, does nothing twice, and one refusal holds back no other row.
"""

import itertools
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser, User
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from backoffice.actions import catalogue
from backoffice.actions.base import Action
from backoffice.actions.result import message_words
from backoffice.actions.subject import Subject
from backoffice.requests import address_of
from payments.models import AuditOutcome
from payments.services import audit
from payments.services.operate import operate

MOST_ROWS = 100
"""How many rows one form may name: each is a transaction of its own, within one request."""
_SALT = "backoffice.bulk"
_SECONDS = 3600
_TEMPLATE = "backoffice/queue/bulk.html"


@dataclass(frozen=True, slots=True)
class Target:
    """One row of a bulk: what the action is about, and how the row is written and reached."""

    subject: Subject
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action on many rows. `targets` reads those of the given keys that the person may see."""

    action: Action
    title: str
    effect: Sequence[str]
    targets: Callable[[Sequence[uuid.UUID]], Sequence[Target]]
    url: str
    back: str


def bulk(request: HttpRequest, what: Bulk, ticked: Iterable[uuid.UUID] = ()) -> HttpResponse:
    """Show the rows that were ticked and ask for a reason; or, from that form, do it and show what came of each."""
    numbers = _numbers(request, what.action, ticked)
    if numbers is None:
        messages.error(request, _("This page was too old. Nothing was done. Choose the rows once more."))
        return HttpResponseRedirect(what.back)
    targets = [one for one in what.targets(list(numbers)) if one.subject.object_id in numbers]
    if not targets:
        return HttpResponseRedirect(what.back)
    if not all(catalogue.may(request.user, what.action, one.subject) for one in targets):
        raise PermissionDenied
    form = what.action.form(targets[0].subject, request.POST if "token" in request.POST else None)
    if "token" in request.POST and form.is_valid():
        results = [_one(request, what.action, one, form.cleaned_data, numbers) for one in targets]
        return render(request, _TEMPLATE, _context(request, what, results=results))
    token = signing.dumps([*_bound(request.user, what.action), {k.hex: n for k, n in numbers.items()}], salt=_SALT)
    possible = sum(what.action.is_possible(one.subject) for one in targets)
    return render(
        request, _TEMPLATE, _context(request, what, targets=targets, form=form, token=token, possible=possible)
    )


def _one(
    request: HttpRequest, action: Action, target: Target, data: dict[str, Any], numbers: dict[uuid.UUID, int]
) -> dict[str, Any]:
    subject = target.subject
    if not action.is_possible(subject):
        first = audit.taken(subject.object_id, numbers[subject.object_id])
        said = message_words(audit.outcome_of_action(first)) if first is not None else action.cannot
        return {"target": target, "done": False, "words": said}
    draft = audit.Draft(
        action=action.name,
        project=subject.project,
        object_id=subject.object_id,
        number=numbers[subject.object_id],
        actor=request.user.get_username(),
        address=address_of(request),
        note=data.get("note", ""),
        payment=subject.payment,
        item=subject.item,
    )
    acted = operate(draft, lambda claim: action.act(subject, data, claim, None))
    final = audit.outcome_of_action(acted.entry)
    words = message_words(final)
    if acted.replayed:
        words = _("Done before: %(words)s") % {"words": words}
    return {"target": target, "done": final.outcome == AuditOutcome.OK, "words": words}


def _numbers(request: HttpRequest, action: Action, ticked: Iterable[uuid.UUID]) -> dict[uuid.UUID, int] | None:
    """Read which rows are meant: from the form's token, else those that were ticked in the list."""
    if "token" not in request.POST:
        return {key: audit.next_number(key) for key in itertools.islice(ticked, MOST_ROWS)}
    try:
        user, name, numbers = signing.loads(request.POST["token"], salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    if [user, name] != _bound(request.user, action):
        return None
    return {uuid.UUID(hex=key): number for key, number in numbers.items()}


def _bound(user: User | AnonymousUser, action: Action) -> list[str]:
    return [str(user.pk), action.name.value]


def _context(request: HttpRequest, what: Bulk, **more: Any) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": what.title,
        "action": what.action,
        "effect": what.effect,
        "url": what.url,
        "back": what.back,
        "most": MOST_ROWS,
        **more,
    }
