"""A plan follows from its seed, and every kind of fault is in it."""

import pytest

from .kinds import PSP_KINDS, TARGETS
from .plan import LEAST_PER_KIND, PAYING, Customer, Order, Plan, TooFew, make_plan

ENDINGS_WITHOUT_A_MEANING = range(61)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(seed=7, payments=600, faults=200)


def test_the_same_seed_makes_the_same_plan(plan: Plan) -> None:
    assert make_plan(seed=7, payments=600, faults=200) == plan


def test_another_seed_makes_another_plan(plan: Plan) -> None:
    other = make_plan(seed=8, payments=600, faults=200)

    assert [order.amount for order in other.orders] != [order.amount for order in plan.orders]
    assert other.kills != plan.kills


def test_every_kind_of_fault_is_dealt_as_often_as_the_others_and_half_as_many_again_as_are_wanted(plan: Plan) -> None:
    dealt = list(plan.faults())

    assert len(dealt) >= 300
    assert {kind: dealt.count(kind) >= LEAST_PER_KIND for kind in PSP_KINDS} == dict.fromkeys(PSP_KINDS, True)


def test_every_target_is_killed_while_orders_begin(plan: Plan) -> None:
    assert {target for kill in plan.kills for target in kill.targets} == set(TARGETS)
    assert [kill.after for kill in plan.kills] == sorted(kill.after for kill in plan.kills)
    assert 0 <= plan.kills[0].after < plan.kills[-1].after <= 540


def test_orders_have_ids_of_their_own_and_amounts_that_mean_nothing_to_the_sandbox(plan: Plan) -> None:
    assert len({order.id for order in plan.orders}) == 600
    amounts = [order.amount for order in plan.orders]
    amounts += [amount for order in plan.orders for wave in order.refunds for amount in wave]
    assert {amount % 100 in ENDINGS_WITHOUT_A_MEANING for amount in amounts} == {True}


def test_parts_come_to_the_whole_and_only_what_races_comes_to_more(plan: Plan) -> None:
    for order in plan.orders:
        assert sum(order.captures) <= order.amount
        taken = _taken(order)
        for wave in order.refunds:
            assert len(wave) == 1 or (len(wave) == 3 and sum(sorted(wave)[:2]) > taken)
        assert len(set(order.captures)) == len(order.captures)
        assert len(set(order.refunds)) == len(order.refunds)
        if len(order.refunds) > 1:
            assert sum(sum(wave) for wave in order.refunds) == taken


def _taken(order: Order) -> int:
    return sum(order.captures) if order.authorizes else order.amount


def test_faults_meet_orders_that_can_have_them(plan: Plan) -> None:
    for order in plan.orders:
        operations = {fault.operation for fault in order.faults}
        assert not order.faults or order.customer in PAYING
        assert "capture" not in operations or order.captures
        assert "cancel" not in operations or order.cancels
        assert "refund" not in operations or order.refunds


def test_whoever_may_be_declined_by_the_api_sends_a_key(plan: Plan) -> None:
    for order in plan.orders:
        declined = order.customer is Customer.POOR or any(f.name == "pending_then_declined" for f in order.faults)
        assert order.keyed or not declined


def test_all_kinds_of_customers_and_habits_are_there(plan: Plan) -> None:
    assert {order.authorizes for order in plan.orders} == {True, False}
    for habit in ("keyed", "doubled", "returns", "asks", "cancels"):
        assert {getattr(order, habit) for order in plan.orders} == {True, False}, habit
    assert len({order.customer for order in plan.orders}) == 7


def test_too_few_payments_for_the_faults_are_refused() -> None:
    with pytest.raises(TooFew, match="give more of them, or fewer faults"):
        make_plan(seed=7, payments=20, faults=200)
