"""POST /rule, GET, PATCH and DELETE /rule/{ruleId}, GET /rules and POST /check, as the published service has them."""

from typing import Any

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response

from paymenthub.kernel import errors
from paymenthub.kernel.errors import NotFound
from payments.api.hub.access import MAY_ACT, MAY_READ
from payments.api.idempotent import perform_without_attempt
from payments.api.pagination import parameters
from payments.api.schema import Operation, Query, documented
from payments.api.typed import read
from payments.api.views import HubAPIView, caller
from payments.domain.adaptive import decide
from payments.selectors import checkout_rules
from payments.services.checkout_rules import By, RuleGiven, change_rule, create_rule, delete_rule

from . import examples
from .objects import CheckBody, NewRule, RuleChange, RuleObject, rule_object

_TAG = "Adaptive checkout"
_BODY = (
    errors.MalformedRequest, errors.InvalidField, errors.PayloadTooLarge, errors.UnsupportedMediaType,
    errors.Unprocessable, errors.Busy,
)  # fmt: skip
_TYPE = Query("type", "Rules of this type only.", "paymentMethods")


class RuleListView(HubAPIView):
    """List rules."""

    required_scopes = {"GET": MAY_READ}

    @documented(
        Operation(
            id="list_rules",
            summary="List rules",
            description="All rules of the key's project and mode, in the order in which they are tried: the highest priority "
            "first, equal ones by their ids, `default` last.",
            tag=_TAG,
            response=RuleObject,
            many=True,
            response_examples=examples.LISTS,
            query=(_TYPE,),
            errors=(errors.InvalidField, errors.Busy),
        )
    )
    def get(self, request: Request) -> Response:
        """List them."""
        key = caller(request)
        given = parameters(request, [_TYPE.name])
        rows = checkout_rules.rows(project=key.project, mode=key.mode, type=given.get("type", ""))
        return Response([rule_object(row) for row in rows])


class RuleCreateView(HubAPIView):
    """Make rules."""

    required_scopes = {"POST": MAY_ACT}

    @documented(
        Operation(
            id="create_rule",
            summary="Make a rule",
            description="The next checkout that is looked at follows it. Every change is in the audit trail.",
            tag=_TAG,
            request=NewRule,
            response=RuleObject,
            request_examples=examples.NEW_RULES,
            response_examples=examples.RULES,
            errors=(*_BODY, errors.Conflict),
        )
    )
    def post(self, request: Request) -> Response:
        """Make it."""

        def work() -> tuple[RuleObject, bool]:
            body = read(request.data, NewRule)
            key = caller(request)
            given = RuleGiven(
                rule_id=body.rule_id,
                priority=body.priority,
                type=body.type,
                conditions=[msgspec.to_builtins(one) for one in body.rules],
                response=body.response,
            )
            row = create_rule(project=key.project, mode=key.mode, given=given, by=_by(request))
            return rule_object(row), True

        return perform_without_attempt(request, work)


class RuleView(HubAPIView):
    """Show, change and delete a rule."""

    required_scopes = {"GET": MAY_READ, "PATCH": MAY_ACT, "DELETE": MAY_ACT}

    @documented(
        Operation(
            id="get_rule",
            summary="Read a rule",
            description="One rule of the key's project and mode.",
            tag=_TAG,
            response=RuleObject,
            response_examples=examples.RULES,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def get(self, request: Request, rule_id: str) -> Response:
        """Show it."""
        key = caller(request)
        row = checkout_rules.find(project=key.project, mode=key.mode, rule_id=_id(rule_id))
        if row is None:
            raise NotFound("There is no such rule.", param="ruleId")
        return Response(rule_object(row))

    @documented(
        Operation(
            id="change_rule",
            summary="Change a rule",
            description="Changes what is given and keeps the rest; `rules` and `response` are replaced as a whole. The same "
            "change again changes nothing more.",
            tag=_TAG,
            request=RuleChange,
            response=RuleObject,
            request_examples=examples.CHANGES,
            response_examples=examples.RULES,
            errors=(*_BODY, errors.NotFound, errors.Conflict),
        )
    )
    def patch(self, request: Request, rule_id: str) -> Response:
        """Change it."""
        body = read(request.data, RuleChange)
        key = caller(request)
        given = RuleGiven(
            rule_id=body.rule_id,
            priority=body.priority,
            type=body.type,
            conditions=None if body.rules is None else [msgspec.to_builtins(one) for one in body.rules],
            response=body.response,
        )
        row = change_rule(project=key.project, mode=key.mode, rule_id=_id(rule_id), given=given, by=_by(request))
        return Response(rule_object(row))

    @documented(
        Operation(
            id="delete_rule",
            summary="Delete a rule",
            description="Answers what the rule was; a rule that is gone is 404.",
            tag=_TAG,
            response=RuleObject,
            response_examples=examples.RULES,
            errors=(errors.NotFound, errors.Busy),
        )
    )
    def delete(self, request: Request, rule_id: str) -> Response:
        """Delete it."""
        key = caller(request)
        row = delete_rule(project=key.project, mode=key.mode, rule_id=_id(rule_id), by=_by(request))
        return Response(rule_object(row))


class CheckRulesView(HubAPIView):
    """Check data against rules."""

    required_scopes = {"POST": MAY_READ}

    @documented(
        Operation(
            id="check_rules",
            summary="Check data against the rules",
            description="Answers the `response` of the first rule of the type that holds for the data, and 404 where none "
            "does. Nothing is kept. `POST /v1/checkout-preview` says the same with all reasons.",
            tag=_TAG,
            request=CheckBody,
            request_examples=examples.CHECKS,
            response=None,
            response_schema={"description": "The rule's response, as it was given."},
            response_examples=examples.CHECKED,
            errors=(*_BODY, errors.NotFound),
        )
    )
    def post(self, request: Request) -> Response:
        """Check them."""

        def work() -> tuple[Any, bool]:
            body = read(request.data, CheckBody)
            key = caller(request)
            rules = checkout_rules.rules(project=key.project, mode=key.mode, type=body.type)
            decision = decide(rules, type=body.type, data=body.data)
            if decision.rule is None:
                raise NotFound("No rule of this type holds for this data.", param="data")
            return decision.rule.response, False

        return perform_without_attempt(request, work)


def _by(request: Request) -> By:
    return By(actor=f"api_key:{caller(request).key_id.hex}")


def _id(rule_id: str) -> str:
    """Return what a path names. Raises NotFound for what cannot be the id of a rule."""
    if len(rule_id) > 64 or not rule_id.isprintable():
        raise NotFound("There is no such rule.", param="ruleId")
    return rule_id
