"""The template tags of the pages."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from payments.notifications import writing

register = template.Library()


@register.simple_tag(takes_context=True)
def text(context: Context, key: str, **values: Any) -> SafeString:
    """Say something in the page's language: `{% text "checkout.back" shop=brand.name %}`."""
    said: SafeString = context["words"].say(key, **values)
    return said


@register.simple_tag(takes_context=True)
def money(context: Context, amount: int, currency: str) -> str:
    """Write minor units as the page's locale does."""
    return writing.money(amount, currency, context["locale"])
