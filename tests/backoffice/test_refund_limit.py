"""How much a person may refund alone."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError

from backoffice.limits import refund_limit
from backoffice.models import RefundLimit, RolePolicy
from tests.staff import make_staff


@pytest.fixture
def ada(db: None) -> User:
    return make_staff("ada", "refund_payment")


def _role(user: User, name: str, *, limited: bool = False, **limits: int) -> Group:
    group = Group.objects.create(name=name)
    RolePolicy.objects.create(group=group, refunds_limited=limited)
    for currency, amount in limits.items():
        RefundLimit.objects.create(group=group, currency=currency, amount=amount)
    user.groups.add(group)
    return group


def test_without_any_limit_a_person_is_not_limited(ada: User) -> None:
    _role(ada, "plain")
    assert refund_limit(ada, "EUR") is None


def test_a_role_that_asks_for_limits_and_has_none_lets_nothing_be_refunded_alone(ada: User) -> None:
    _role(ada, "limited", limited=True)
    assert refund_limit(ada, "EUR") == 0


def test_the_highest_of_own_limit_and_roles_counts(ada: User) -> None:
    _role(ada, "small", EUR=5_000)
    _role(ada, "big", EUR=20_000)
    RefundLimit.objects.create(user=ada, currency="EUR", amount=10_000)
    assert refund_limit(ada, "EUR") == 20_000


def test_limits_in_one_currency_say_nothing_of_another(ada: User) -> None:
    RefundLimit.objects.create(user=ada, currency="EUR", amount=10_000)
    assert (refund_limit(ada, "EUR"), refund_limit(ada, "JPY")) == (10_000, 0)


def test_other_peoples_limits_and_roles_do_not_count(ada: User) -> None:
    bob = make_staff("bob")
    _role(bob, "others", limited=True, EUR=1)
    assert refund_limit(ada, "EUR") is None


def test_a_superuser_is_not_limited(ada: User) -> None:
    _role(ada, "limited", limited=True)
    ada.is_superuser = True
    assert refund_limit(ada, "EUR") is None


@pytest.mark.parametrize("of", ["both", "nobody"])
def test_a_limit_is_of_one_person_or_one_role(ada: User, of: str) -> None:
    group = Group.objects.create(name="role")
    owners = {"group": group, "user": ada} if of == "both" else {}
    with pytest.raises(IntegrityError, match="refund_limit_of_one"):
        RefundLimit.objects.create(currency="EUR", amount=1, **owners)
