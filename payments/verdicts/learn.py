"""The ids by which a PSP names things: learned from every answer, so that later news finds its payment."""

from payments.domain.attempt import PAYING, SIGNING_UP, ItemKind
from payments.models import Attempt, PspReference
from payments.saga.change import Change
from providers.types import Verdict


def references(change: Change, attempt: Attempt, verdict: Verdict) -> bool:
    """Add the ids that are new; tell whether there were any. An id that already names another payment goes to a person."""
    wins = change.payment.winning_attempt_id in (None, attempt.id)
    if attempt.kind in SIGNING_UP and verdict.subscription is not None and wins:
        change.token = verdict.subscription.token
    given = [reference for reference in verdict.references if reference.value]
    if not given:
        return False
    known = {
        (row.kind, row.value): row.payment_id
        for row in PspReference.objects.filter(
            provider_account_id=attempt.provider_account_id, value__in=[reference.value for reference in given]
        )
    }
    found = False
    for reference in given:
        owner = known.get((reference.kind, reference.value))
        if owner is None:
            found = True
            change.references.append(
                PspReference(
                    project_id=attempt.project_id,
                    provider_account_id=attempt.provider_account_id,
                    payment=change.payment,
                    attempt=attempt,
                    kind=reference.kind,
                    value=reference.value,
                )
            )
        elif owner != change.payment.id:
            found = True
            change.ask_operator(
                ItemKind.REFERENCE_CONFLICT,
                about=f"{reference.kind}:{reference.value}"[:128],
                next_step="The provider gave one id to two payments. Compare both with the provider.",
                evidence={"attempt": attempt.public_id, "otherPayment": str(owner)},
            )
    # Where several tries were made, the payment goes by the id of the one that brought its money.
    if found and attempt.kind in PAYING and wins:
        change.payment.provider_payment_id = given[0].value
    return found
