"""The pictures of machines on the pages, in three widths; the style sheet shows the one that fits."""

from collections.abc import Iterable

from django.utils.safestring import SafeString, mark_safe

from payments.domain.machine import Machine
from payments.domain.machine_svg import NARROW, draw
from payments.models import Payment, Transition
from payments.selectors import machines


def machine_pictures(machine: Machine) -> list[tuple[str, SafeString]]:
    """Draw a machine with all its ways."""
    return [(name, _safe(draw(machine, width=width, in_page=True))) for name, width in _SIZES]


def payment_pictures(payment: Payment, transitions: Iterable[Transition]) -> list[tuple[str, SafeString]]:
    """Draw the machine of a payment, its state lit and its past marked; nothing where its machine is not here."""
    try:
        machine = machines.machine(payment.machine, payment.machine_version)
    except machines.UnknownMachine:
        return []
    past = [row.to_state for row in transitions if not row.unexpected]
    return [
        (name, _safe(draw(machine, width=width, past=past, lit=payment.state, detailed=False, in_page=True)))
        for name, width in _SIZES
    ]


_SIZES = (("wide", 900), ("middle", 600), ("narrow", NARROW))


def _safe(svg: str) -> SafeString:
    return mark_safe(svg)  # noqa: S308 - every text in it was escaped where it was drawn
