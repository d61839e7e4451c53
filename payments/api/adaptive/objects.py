"""Rules and offers as the API takes and answers them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from payments.api.fields import Amount, CurrencyCode
from payments.domain.adaptive_reading import HIGHEST_PRIORITY, LONGEST_KEY, MOST_CONDITIONS
from payments.domain.offering import Offer
from payments.models import CheckoutRule

RuleId = Annotated[
    str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", examples=["web-orders"])
]
RuleType = Annotated[
    str, Meta(min_length=1, max_length=64, pattern="^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", examples=["paymentMethods"])
]
Priority = Annotated[
    int, Meta(ge=-HIGHEST_PRIORITY, le=HIGHEST_PRIORITY, description="The highest one is tried first.")
]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, two capital letters.", examples=["IT"])]
OperatorWord = Literal[
    "equals", "equal", "not_equals", "not_equal", "in", "not_in", "greater_than", "greater_or_equal_than", "less_than",
    "less_or_equal_than",
]  # fmt: skip


class RuleCondition(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """One condition."""

    key: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=LONGEST_KEY,
            description="A slash path into the data.",
            examples=["/additionalData/channel"],
        ),
    ]
    operator: OperatorWord
    value: Annotated[Any, Meta(description="For `in` and `not_in` a list, or a text with commas.")]


Conditions = Annotated[
    list[RuleCondition], Meta(max_length=MOST_CONDITIONS, description="All must hold; an empty list holds always.")
]


class NewRule(msgspec.Struct, rename="camel", kw_only=True):
    """A rule. Of type `paymentMethods`, its response is a list of pairs in the order in which they are shown."""

    rule_id: RuleId
    priority: Priority
    type: RuleType
    rules: Conditions
    response: Annotated[Any, Meta(description="What `/check` answers; for `paymentMethods` a list of pairs.")]


class RuleChange(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """What is to be changed; what is left out stays."""

    rule_id: RuleId | None = None
    priority: Priority | None = None
    type: RuleType | None = None
    rules: Conditions | None = None
    response: Any = None


class RuleObject(msgspec.Struct, rename="camel", kw_only=True):
    """A rule as it is kept."""

    rule_id: str
    priority: int
    type: str
    rules: list[dict[str, Any]]
    response: Any
    created_at: str
    updated_at: str


class CheckBody(msgspec.Struct, rename="camel", kw_only=True):
    """Data to be checked against the rules of a type."""

    type: RuleType
    data: dict[str, Any]


class PreviewBody(msgspec.Struct, rename="camel", kw_only=True, forbid_unknown_fields=True):
    """A payment that does not exist, and who would look at it. Names that nobody knows are refused: ignored, they would
    preview something else."""

    amount: Amount
    currency: CurrencyCode
    capture_mode: Literal["automatic", "manual"] = "automatic"
    type: Literal["DIRECT", "SUBSCRIPTION", "PAY_BY_LINK"] = "DIRECT"
    allowed_methods: Annotated[list[Annotated[str, Meta(min_length=1, max_length=65)]], Meta(max_length=50)] = (
        msgspec.field(default_factory=list)
    )
    country: Country | None = None
    device: Literal["desktop", "phone"] = "desktop"
    apple_pay: bool = False
    locale: Annotated[str, Meta(max_length=16)] = ""
    shop_transaction_id: Annotated[str, Meta(max_length=255)] = ""
    additional_data: dict[str, Any] = msgspec.field(default_factory=dict)


class OfferedObject(msgspec.Struct, rename="camel", kw_only=True):
    """One method that is shown."""

    provider: str
    payment_method: str
    account: str
    redirect_kind: str


class ExplainedObject(msgspec.Struct, rename="camel", kw_only=True):
    """One method, shown or hidden, and why."""

    provider: str
    payment_method: str
    account: str
    shown: bool
    reason_hidden: str | None
    why: str


class RuleToldObject(msgspec.Struct, rename="camel", kw_only=True):
    """How one rule came out."""

    rule_id: str
    priority: int
    holds: bool
    conditions: list[str]


class OfferObject(msgspec.Struct, rename="camel", kw_only=True):
    """What a customer sees. `ruleId` names the rule that decided, and is empty where none did: then all are offered."""

    rule_id: str
    methods: list[OfferedObject]
    explained: list[ExplainedObject] | None
    rules: list[RuleToldObject] | None


def rule_object(row: CheckoutRule) -> RuleObject:
    """Write a rule."""
    return RuleObject(
        rule_id=row.rule_id,
        priority=row.priority,
        type=row.type,
        rules=row.definition["rules"],
        response=row.definition["response"],
        created_at=f"{row.created_at:%Y-%m-%dT%H:%M:%S.%f}Z",
        updated_at=f"{row.updated_at:%Y-%m-%dT%H:%M:%S.%f}Z",
    )


def offer_object(offer: Offer, *, explain: bool) -> OfferObject:
    """Write an offer, with or without its reasons."""
    return OfferObject(
        rule_id=offer.rule_id,
        methods=[
            OfferedObject(
                provider=each.provider,
                payment_method=each.method,
                account=each.account_name,
                redirect_kind=each.redirect_kind,
            )
            for each in offer.methods
        ],
        explained=[
            ExplainedObject(
                provider=each.provider,
                payment_method=each.method,
                account=each.account_name,
                shown=each.reason_hidden is None,
                reason_hidden=each.reason_hidden,
                why=each.why,
            )
            for each in offer.explained
        ]
        if explain
        else None,
        rules=[
            RuleToldObject(
                rule_id=told.rule.rule_id,
                priority=told.rule.priority,
                holds=told.holds,
                conditions=[each.sentence for each in told.conditions],
            )
            for told in offer.decision.told
        ]
        if explain
        else None,
    )
