"""docs/operations.md and docs/architecture.md say what the code does."""

import re

from paymenthub.settings.hub import ROLES
from payments.domain.attempt import AttemptKind, AttemptState, ItemKind
from payments.models import Attempt, Payment

from .documents import ROOT, read

OPERATIONS = read(ROOT / "docs" / "operations.md")
ARCHITECTURE = read(ROOT / "docs" / "architecture.md")


def test_every_kind_of_operator_item_is_told_once():
    items = OPERATIONS.split("## Operator items")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", items, re.MULTILINE)) == sorted(ItemKind)


def test_every_role_is_told():
    assert [role for role in ROLES if f"| `{role}` |" not in OPERATIONS] == []


def test_every_kind_and_state_of_an_attempt_is_named():
    assert [kind for kind in AttemptKind if f"`{kind}`" not in ARCHITECTURE] == []
    assert [state for state in AttemptState if not re.search(rf"\b{state}\b", ARCHITECTURE)] == []


def test_the_constraints_that_bound_money_are_named():
    names = {constraint.name for model in (Payment, Attempt) for constraint in model._meta.constraints}
    assert {name for name in names if f"`{name}`" not in ARCHITECTURE} == {"attempt_amount_not_negative"}


def test_every_file_that_the_way_of_a_payment_names_is_there():
    named = set(re.findall(r"`((?:payments|paymenthub|providers|tests)/[\w/.]+?\.(?:py|json))", ARCHITECTURE))
    short = set(
        re.findall(
            r"`((?:attempts|verdicts|saga|domain|outbound|inbox|callbacks|services|tasks|selectors)/\w+\.py)",
            ARCHITECTURE,
        )
    )
    missing = {path for path in named if not (ROOT / path).exists()}
    missing |= {path for path in short if not (ROOT / "payments" / path).exists()}
    assert missing == set()
    assert len(named | short) > 25


def test_every_function_that_the_way_of_a_payment_names_is_there():
    pairs = re.findall(r"`([\w/]+\.py): (\w+)(?:\.\w+)?`", ARCHITECTURE)
    missing = []
    for path, word in pairs:
        found = [base / path for base in (ROOT, ROOT / "payments", ROOT / "paymenthub") if (base / path).exists()]
        if not found or not re.search(rf"^(?:def|class) {word}\b", read(found[0]), re.MULTILINE):
            missing.append(f"{path}: {word}")
    assert missing == []
    assert len(pairs) > 12
