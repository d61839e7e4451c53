"""The pages of a project's two lists: hosts that customers are sent back to, web pages that may use browser keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.links import page_of
from paymenthub.kernel.errors import HubError
from payments.models import Project
from payments.services.project_lists import ProjectList, set_list

from .page import Page, ask, by_of, explain
from .parts import ChangeForm

Text = str | Promise


@dataclass(frozen=True, slots=True)
class _Words:
    title: Text
    label: Text
    help_text: Text
    effect: Sequence[Text]
    done: Text


_WORDS = {
    ProjectList.REDIRECT_HOSTS: _Words(
        title=gettext_lazy("Hosts to be sent back to · %(project)s"),
        label=gettext_lazy("Hosts"),
        help_text=gettext_lazy(
            "One a line: shop.example, shop.example:8443, or *.shop.example for every host below it."
        ),
        effect=(
            gettext_lazy("Customers are sent back to these hosts only, whoever asks for it."),
            gettext_lazy(
                "Without any: to whatever host a call with a server's key names, and to none that a browser names."
            ),
            gettext_lazy("Payments that are open keep the addresses they have."),
        ),
        done=gettext_lazy("Customers of %(project)s are sent back to the hosts of the new list."),
    ),
    ProjectList.BROWSER_ORIGINS: _Words(
        title=gettext_lazy("Web pages · %(project)s"),
        label=gettext_lazy("Origins"),
        help_text=gettext_lazy("One a line, as browsers name it: https://shop.example, without path."),
        effect=(
            gettext_lazy(
                "Pages of these origins may call /pgm-bff with a key of the scope checkout: for one payment, by its "
                "client token."
            ),
            gettext_lazy("Without any, no page may. Servers need no entry."),
        ),
        done=gettext_lazy("Pages of the new list may use the browser keys of %(project)s."),
    ),
}


class ListForm(ChangeForm):
    """One entry a line, under the list's own name, and why."""

    def __init__(self, *args: Any, which: ProjectList, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = _WORDS[which]
        self.fields[which.value.name] = forms.CharField(
            label=str(words.label),
            required=False,
            max_length=20_000,
            help_text=str(words.help_text),
            widget=UnfoldAdminTextareaWidget({"spellcheck": "false"}),
        )
        self.order_fields([which.value.name, "reason"])


def edit(request: HttpRequest, project: Project, which: ProjectList) -> HttpResponse:
    """Show a list, and change it."""
    words, name = _WORDS[which], which.value.name
    initial = {name: "\n".join(which.of(project))}
    form = ListForm(request.POST, which=which) if request.method == "POST" else ListForm(initial=initial, which=which)
    if request.method == "POST" and form.is_valid():
        try:
            set_list(project=project, which=which, entries=form.cleaned_data[name].split(), by=by_of(request, form))
        except HubError as error:
            explain(form, error)
        else:
            messages.success(request, words.done % {"project": project})
            return HttpResponseRedirect(page_of(project))
    title = words.title % {"project": project}
    return ask(request, Page(title, page_of(project), _("Save the list"), [str(each) for each in words.effect]), form)
