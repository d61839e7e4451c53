"""Checkout rules: the list as they are tried, editing, and trying data against them."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.access import visible_projects
from backoffice.checkout_forms import RuleForm, TryForm
from backoffice.display import block, pretty
from backoffice.requests import address_of
from paymenthub.kernel.errors import HubError
from payments.domain.adaptive import PAYMENT_METHODS, Rule, decide
from payments.domain.adaptive_reading import pairs
from payments.models import CheckoutRule, Mode, Project
from payments.selectors import checkout_rules
from payments.services.checkout_rules import By, change_rule, create_rule, delete_rule

from ._read_only import ReadOnlyAdmin

_EDIT = "payments.edit_checkoutrule"
_FIELDS = {"ruleId": "rule_id", "priority": "priority", "type": "type", "response": "response", "rules": "conditions"}


@admin.register(CheckoutRule)
class CheckoutRuleAdmin(ReadOnlyAdmin):
    """Rules of one project and mode."""

    fields = ("project", "mode", "rule_id", "type", "priority", "definition_view", "created")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of editing; «new» stands for a rule that is not there yet."""
        wrap = self.admin_site.admin_view
        mine = [
            path(
                "edit/<uuid:project>/<str:mode>/new/", wrap(self.edit), {"rule": None}, name="payments_checkoutrule_new"
            ),
            path("edit/<uuid:project>/<str:mode>/<uuid:rule>/", wrap(self.edit), name="payments_checkoutrule_edit"),
        ]
        return mine + list(super().get_urls())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Show the rules in the order of evaluation, and try data against them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        projects = list(visible_projects(request.user))
        chosen = next((row for row in projects if str(row.pk) == request.GET.get("project")), None)
        chosen = chosen or (projects[0] if projects else None)
        mode = Mode.LIVE if request.GET.get("mode") == Mode.LIVE else Mode.TEST
        rows = checkout_rules.rows(project=chosen, mode=mode) if chosen else []
        form = TryForm(request.POST) if request.method == "POST" else TryForm()
        decision = None
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            rules = [checkout_rules.rule_of(row) for row in rows]
            decision = decide(rules, type=data["type"], data=data["sample"])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Checkout rules"),
            "projects": projects,
            "chosen": chosen,
            "mode": mode,
            "modes": Mode.values,
            "rows": [_row(row) for row in rows],
            "may_edit": request.user.has_perm(_EDIT),
            "form": form,
            "decision": decision,
            "decided": _response(decision.rule) if decision and decision.rule else "",
        }
        return render(request, "backoffice/checkout/rules.html", context)

    def edit(self, request: HttpRequest, project: UUID, mode: str, rule: UUID | None) -> HttpResponse:
        """Make, change or delete a rule."""
        if not self.has_view_permission(request) or not request.user.has_perm(_EDIT):
            raise PermissionDenied
        owner = get_object_or_404(visible_projects(request.user), pk=project)
        if mode not in Mode.values:
            raise Http404
        row = None if rule is None else get_object_or_404(CheckoutRule, project=owner, mode=mode, pk=rule)
        back = f"{reverse('admin:payments_checkoutrule_changelist')}?project={owner.pk}&mode={mode}"
        initial = RuleForm.initial_of(row) if row else None
        form = RuleForm(request.POST) if request.method == "POST" else RuleForm(initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                messages.success(request, self._do(request, form, owner, mode, row))
                return HttpResponseRedirect(back)
            except HubError as error:
                named = (error.param or "").partition("[")[0].partition(".")[0]
                form.add_error(_FIELDS.get(named), f"{error.param}: {error.message}" if "[" in (error.param or "")
                               else error.message)  # fmt: skip
        context = {
            **self.admin_site.each_context(request),
            "title": _("Checkout rule · %(project)s (%(mode)s)") % {"project": owner, "mode": mode},
            "form": form,
            "row": row,
            "back": back,
        }
        return render(request, "backoffice/checkout/rule.html", context)

    def _do(self, request: HttpRequest, form: RuleForm, owner: Project, mode: str, row: CheckoutRule | None) -> str:
        """Call the service that was asked for, and say what was done."""
        by = By(request.user.get_username(), address_of(request), form.cleaned_data["note"])
        if row is None:
            made = create_rule(project=owner, mode=mode, given=form.given(), by=by)
            return _("Rule %(name)s was made.") % {"name": made.rule_id}
        if request.POST.get("do") == "delete":
            delete_rule(project=owner, mode=mode, rule_id=row.rule_id, by=by)
            return _("Rule %(name)s was deleted.") % {"name": row.rule_id}
        seen = form.cleaned_data["seen"]
        change_rule(project=owner, mode=mode, rule_id=row.rule_id, given=form.given(), by=by, seen=seen)
        return _("Rule %(name)s was changed.") % {"name": row.rule_id}

    @admin.display(description=gettext_lazy("Definition"))
    def definition_view(self, row: CheckoutRule) -> SafeString | str:
        """Show conditions and response."""
        return block(pretty(row.definition))


def _row(row: CheckoutRule) -> dict[str, Any]:
    rule = checkout_rules.rule_of(row)
    return {
        "rule": row,
        "conditions": [f"{one['key']} {one['operator']} {_short(one['value'])}" for one in row.definition["rules"]],
        "response": _response(rule),
        "url": reverse("admin:payments_checkoutrule_edit", args=[row.project_id, row.mode, row.pk]),
    }


def _short(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else f"{text[:199]}…"


def _response(rule: Rule) -> str:
    if rule.type != PAYMENT_METHODS:
        return pretty(rule.response)
    return ", ".join(map("/".join, pairs(rule.response))) or _("no method at all")
