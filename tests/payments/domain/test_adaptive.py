"""Rules: eight operators, slash paths, the order of evaluation, and what is explained."""

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymenthub.kernel.errors import InvalidField, Unprocessable
from payments.domain.adaptive import Condition, Rule, decide, explain, in_order, operator_named
from payments.domain.adaptive_reading import checked, kept, pairs
from payments.domain.adaptive_values import MISSING, Operator, at, holds

DATA = {"amount": 1299, "list": [{"a": 1}, "two"], "a/b": 1, "m~n": 2, "deep": {"x": {"y": None}}, "zero": 0}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/amount", 1299),
        ("/list/0/a", 1),
        ("/list/1", "two"),
        ("/list/2", MISSING),
        ("/list/-1", MISSING),
        ("/list/one", MISSING),
        ("/list/²", MISSING),
        ("/a~1b", 1),
        ("/m~0n", 2),
        ("/deep/x/y", None),
        ("/deep/x/y/z", MISSING),
        ("/amount/0", MISSING),
        ("/nothing", MISSING),
        ("/", MISSING),
    ],
)
def test_a_slash_path_leads_to_its_value_or_nowhere(path, found):
    assert at(DATA, path) is found or at(DATA, path) == found


@pytest.mark.parametrize(
    ("operator", "actual", "value", "is_true"),
    [
        ("equals", "web", "web", True),
        ("equal", "web", "web", True),
        ("equals", "web", "Web", False),
        ("equals", 1299, 1299.0, True),
        ("equals", 1299, "1299", True),
        ("equals", "1299", 1299, True),
        ("equals", "01", "1", False),  # two texts are compared as texts
        ("equals", True, 1, False),
        ("equals", True, "true", True),
        ("equals", False, 0, False),
        ("equals", None, None, True),
        ("equals", MISSING, None, False),
        ("equals", 0.1, "0.1", True),
        ("equals", 10**20, 10**20 + 1, False),  # no float stands between them
        ("equals", [1, 2], [1, 2], True),
        ("not_equals", "web", "app", True),
        ("not_equal", MISSING, "web", True),
        ("not_equals", "web", "web", False),
        ("in", "web", ["app", "web"], True),
        ("in", "web", "app, web", True),
        ("in", "web", "webshop", False),
        ("in", 5, ["5"], True),
        ("in", ["books", "toys"], ["toys"], True),
        ("in", [], ["toys"], False),
        ("in", MISSING, ["web"], False),
        ("in", "web", [], False),
        ("not_in", "web", ["app"], True),
        ("not_in", ["books", "toys"], ["toys"], False),
        ("not_in", MISSING, ["web"], True),
        ("greater_than", 1299, 1298, True),
        ("greater_than", 1299, 1299, False),
        ("greater_than", "9", "10", False),  # texts that read as numbers are numbers
        ("greater_or_equal_than", 1299, "1299", True),
        ("less_than", 1298.5, 1299, True),
        ("less_than", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", True),
        ("less_or_equal_than", 1299, 1299, True),
        ("less_or_equal_than", 1300, 1299, False),
        ("less_than", MISSING, 1, False),
        ("less_than", "five", 10, False),
        ("less_than", True, 2, False),
        ("less_than", None, 2, False),
        ("greater_than", [5], 1, False),
    ],
)
def test_each_operator_in_both_spellings(operator, actual, value, is_true):
    named = operator_named(operator)
    assert named is not None
    assert holds(named, actual, value) is is_true


def rule(rule_id: str, priority: int = 0, *conditions: Condition, type: str = "paymentMethods") -> Rule:
    return Rule(rule_id, priority, type, conditions, response=rule_id)


WEB = Condition("/channel", Operator.EQUALS, "web")
RICH = Condition("/amount", Operator.GREATER_THAN, 10_000)


@pytest.mark.parametrize(
    ("rules", "data", "decides"),
    [
        ([rule("low", 1), rule("high", 9)], {}, "high"),
        ([rule("b", 5), rule("a", 5)], {}, "a"),
        ([rule("B", 5), rule("a", 5)], {}, "B"),
        ([rule("default", 100), rule("web", 1, WEB)], {"channel": "web"}, "web"),
        ([rule("default", 100), rule("web", 1, WEB)], {"channel": "app"}, "default"),
        ([rule("both", 9, WEB, RICH), rule("web", 1, WEB)], {"channel": "web", "amount": 10_000}, "web"),
        ([rule("both", 9, WEB, RICH), rule("web", 1, WEB)], {"channel": "web", "amount": 10_001}, "both"),
        ([rule("other", 9, type="subscriptions")], {}, None),
        ([rule("web", 9, WEB)], {}, None),
        ([], {}, None),
        ([rule("negative", -5), rule("default", 5)], {}, "negative"),
    ],
)
def test_the_first_rule_of_the_type_that_holds_decides(rules, data, decides):
    decision = decide(rules, type="paymentMethods", data=data)
    assert (decision.rule.rule_id if decision.rule else None) == decides


def test_every_condition_is_explained_in_words():
    told = explain(rule("both", 9, WEB, RICH), {"channel": "web"})
    assert [each.sentence for each in told.conditions] == [
        '/channel is "web"; equals "web" holds.',
        "/amount is not there; greater_than 10000 does not hold.",
    ]
    assert not told.holds


names = st.text(string.ascii_letters, min_size=1, max_size=3)
values = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "1", "-2", "", "true", "2.0"]))
conditions = st.builds(
    Condition, key=names.map(lambda name: f"/{name}"), operator=st.sampled_from(Operator), value=values
)
rules = st.lists(
    st.builds(
        Rule,
        rule_id=st.one_of(names, st.just("default")),
        priority=st.integers(-2, 2),
        type=st.sampled_from(["paymentMethods", "other"]),
        conditions=st.lists(conditions, max_size=2).map(tuple),
    ),
    unique_by=lambda each: each.rule_id,
    max_size=6,
)
data = st.dictionaries(names, values, max_size=4)


@given(rules=rules, data=data, random=st.randoms(use_true_random=False))
def test_the_order_in_which_rules_are_kept_never_matters(rules, data, random):
    shuffled = random.sample(rules, len(rules))
    assert decide(shuffled, type="paymentMethods", data=data) == decide(rules, type="paymentMethods", data=data)


@given(rules=rules, data=data)
def test_whoever_decides_holds_and_nobody_before_it_does(rules, data):
    decision = decide(rules, type="paymentMethods", data=data)
    mine = [each for each in in_order(rules) if each.type == "paymentMethods"]
    holding = [each for each in mine if all(holds(c.operator, at(data, c.key), c.value) for c in each.conditions)]
    assert decision.rule == (holding[0] if holding else None)
    for before, after in itertools.pairwise(mine):
        assert before.rule_id != "default"
        assert after.rule_id == "default" or before.priority >= after.priority


@given(actual=values, value=values)
def test_opposites_never_agree(actual, value):
    assert holds(Operator.EQUALS, actual, value) != holds(Operator.NOT_EQUALS, actual, value)
    assert holds(Operator.IN, actual, [value]) != holds(Operator.NOT_IN, actual, [value])
    assert not (holds(Operator.GREATER_THAN, actual, value) and holds(Operator.LESS_THAN, actual, value))
    if holds(Operator.LESS_THAN, actual, value):
        assert holds(Operator.LESS_OR_EQUAL_THAN, actual, value)


@given(actual=values, value=values)
def test_equality_goes_both_ways(actual, value):
    assert holds(Operator.EQUALS, actual, value) == holds(Operator.EQUALS, value, actual)


GOOD = {
    "rule_id": "web",
    "priority": 1,
    "type": "paymentMethods",
    "conditions": [{"key": "/channel", "operator": "equals", "value": "web"}],
    "response": [{"provider": "stripe", "paymentMethod": "credit-cards"}],
}


def condition(**over):
    return {"conditions": [{"key": "/a", "operator": "equals", "value": 1} | over]}


@pytest.mark.parametrize(
    ("over", "param"),
    [
        ({"rule_id": ""}, "ruleId"),
        ({"rule_id": "a b"}, "ruleId"),
        ({"rule_id": "x" * 65}, "ruleId"),
        ({"type": "a/b"}, "type"),
        ({"priority": 1_000_001}, "priority"),
        ({"priority": True}, "priority"),
        ({"conditions": [GOOD["conditions"][0]] * 21}, "rules"),
        (condition(key="a"), "rules[0].key"),
        (condition(key="/"), "rules[0].key"),
        (condition(key="/" + "a" * 255), "rules[0].key"),
        (condition(key="/a" * 9), "rules[0].key"),
        (condition(key="/a\n"), "rules[0].key"),
        (condition(operator="like"), "rules[0].operator"),
        (condition(operator="in", value=5), "rules[0].value"),
        (condition(operator="in", value=list(range(301))), "rules[0].value"),
        (condition(operator="less_than", value=[1]), "rules[0].value"),
        (condition(operator="less_than", value=True), "rules[0].value"),
        (condition(value="x" * 8200), "rules[0].value"),
        (condition(value=[[[[[[[[[1]]]]]]]]]), "rules[0].value"),
        ({"response": None}, "response"),
        ({"response": "all"}, "response"),
        ({"response": [{"provider": "stripe"}]}, "response[0].paymentMethod"),
        ({"response": [{"provider": "Stripe", "paymentMethod": "x"}]}, "response[0].provider"),
        ({"response": GOOD["response"] * 101}, "response"),
        ({"type": "other", "response": {"a": "x" * 16_400}}, "response"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_by_the_name_of_its_field(over, param):
    with pytest.raises(InvalidField) as refused:
        checked(**{**GOOD, **over})
    assert refused.value.param == param


def test_a_card_number_is_refused_wherever_it_stands():
    for over in (condition(value="4111 1111 1111 1111"), {"response": [{"4111111111111111": 1}], "type": "other"}):
        with pytest.raises(Unprocessable):
            checked(**{**GOOD, **over})


def test_a_kept_rule_reads_as_it_was_checked():
    given = GOOD | condition(operator="not_equal")
    definition = {"rules": given["conditions"], "response": given["response"]}
    again = kept(rule_id="web", priority=1, type="paymentMethods", definition=definition)
    assert again == checked(**given)
    assert again.conditions[0].operator is Operator.NOT_EQUALS


def test_the_response_may_be_one_pair_or_a_list_and_names_each_pair_once():
    one = {"provider": "stripe", "paymentMethod": "credit-cards"}
    assert pairs(one) == pairs([one, one]) == [("stripe", "credit-cards")]
    assert pairs([]) == []
