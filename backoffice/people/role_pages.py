"""The pages of roles: everybody who may see them, and superusers, who change them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.access import visible_staff
from backoffice.differences import difference_table
from backoffice.services.by import id_of_role
from backoffice.services.change_role import delete_role, save_role, state_of_role
from paymenthub.kernel.errors import HubError
from payments.models import AuditEntry

from .acting import by_request
from .staff_forms import NoteForm, RoleForm, write_limits


def show(request: HttpRequest, role_id: Any) -> HttpResponse:
    """Show a role, who holds it, and what was changed."""
    by = by_request(request)
    if by.user is None or not by.user.has_perm("auth.view_group"):
        raise PermissionDenied
    role = _role(role_id)
    stands = state_of_role(role)
    entries = AuditEntry.objects.filter(object_id=id_of_role(role.pk)).order_by("-created_at")[:30]
    context = {
        **admin.site.each_context(request),
        "title": role.name,
        "role": role,
        "stands": stands,
        "limits": write_limits(stands["limits"]),
        "holders": visible_staff(by.user).filter(groups=role),
        "may_change": by.user.is_superuser,
        "history": [(entry, difference_table(entry.before, entry.after)) for entry in entries],
    }
    return render(request, "backoffice/people/role.html", context)


def edit(request: HttpRequest, role_id: Any = None) -> HttpResponse:
    """Make a role, or change one."""
    _superuser(request)
    role = _role(role_id) if role_id is not None else None
    form = RoleForm(role, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_role(group=role, given=form.given(), by=by_request(request, form.cleaned_data["note"]))
        except HubError as error:
            form.add_error("name" if error.param == "name" else None, error.message)
        else:
            messages.success(request, _("The role %(name)s was saved.") % {"name": saved.name})
            return HttpResponseRedirect(_page(saved))
    title = _("Change the role %(name)s") % {"name": role.name} if role is not None else _("Make a role")
    back = _page(role) if role is not None else reverse("admin:auth_group_changelist")
    return _form(request, form, title, _("Save"), back)


def delete(request: HttpRequest, role_id: Any) -> HttpResponse:
    """Delete a role that nobody holds."""
    _superuser(request)
    role = _role(role_id)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = role.name
        try:
            delete_role(group=role, by=by_request(request, form.cleaned_data["note"]))
        except HubError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The role %(name)s was deleted.") % {"name": name})
            return HttpResponseRedirect(reverse("admin:auth_group_changelist"))
    title = _("Delete the role %(name)s") % {"name": role.name}
    return _form(request, form, title, _("Delete it"), _page(role), effect=[_("Nobody can be given it any more.")])


def _form(request: HttpRequest, form: Any, title: str, button: str, back: str, **more: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, "form": form, "button": button, "back": back, **more}
    return render(request, "backoffice/people/form.html", context, status=400 if form.errors else 200)


def _superuser(request: HttpRequest) -> None:
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied


def _role(role_id: Any) -> Group:
    if not str(role_id).isdecimal() or len(str(role_id)) > 9:
        raise Http404
    return get_object_or_404(Group, pk=role_id)


def _page(role: Group) -> str:
    return reverse("admin:auth_group_change", args=[role.pk])
