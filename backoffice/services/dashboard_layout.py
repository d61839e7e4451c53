"""Arrange a person's cards."""

from collections.abc import Sequence
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction

from backoffice.models import DashboardLayout


class Move(StrEnum):
    """What may be done with a card."""

    UP = "up"
    DOWN = "down"
    HIDE = "hide"
    SHOW = "show"
    RESET = "reset"


def arranged(user_id: int, keys: Sequence[str]) -> tuple[list[str], set[str]]:
    """Return all these cards in the person's order, and which of them are hidden. New kinds stand where they usually do."""
    layout = DashboardLayout.objects.filter(user_id=user_id).first()
    if layout is None:
        return list(keys), set()
    known = [key for key in dict.fromkeys(layout.order) if key in keys]
    for place, key in enumerate(keys):
        if key not in known:
            known.insert(min(place, len(known)), key)
    return known, {key for key in layout.hidden if key in keys}


def arrange(user: User, keys: Sequence[str], *, card: str, move: Move) -> None:
    """Do it, over the cards that are shown: up and down pass by the hidden ones."""
    with transaction.atomic():
        if move is Move.RESET:
            DashboardLayout.objects.filter(user=user).delete()
            return
        order, hidden = arranged(user.pk, keys)
        if card not in order:
            return
        if move is Move.HIDE:
            hidden.add(card)
        elif move is Move.SHOW:
            hidden.discard(card)
        else:
            _swap(order, card, [key for key in order if key not in hidden or key == card], move)
        DashboardLayout.objects.update_or_create(user=user, defaults={"order": order, "hidden": sorted(hidden)})


def _swap(order: list[str], card: str, shown: list[str], move: Move) -> None:
    place = shown.index(card) + (-1 if move is Move.UP else 1)
    if 0 <= place < len(shown):
        other = shown[place]
        one, two = order.index(card), order.index(other)
        order[one], order[two] = order[two], order[one]
