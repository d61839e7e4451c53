"""What holds for every verdict, whoever gave it."""

from urllib.parse import urlsplit

from providers.types import Outcome, Subject, Verdict

OUTCOMES = {
    Subject.PAYMENT: frozenset(Outcome) - {Outcome.REVERSED},
    Subject.CAPTURE: frozenset({Outcome.SUCCEEDED, Outcome.PENDING, Outcome.DECLINED, Outcome.CANCELLED}),
    Subject.REFUND: frozenset(
        {Outcome.SUCCEEDED, Outcome.PENDING, Outcome.DECLINED, Outcome.CANCELLED, Outcome.REVERSED, Outcome.NOT_FOUND}
    ),
    Subject.CHARGEBACK: frozenset({Outcome.SUCCEEDED, Outcome.PENDING, Outcome.REVERSED}),
}
MOVED = (Outcome.SUCCEEDED, Outcome.AUTHORIZED, Outcome.REVERSED)
MONEY = (Subject.PAYMENT, Subject.CAPTURE, Subject.REFUND, Subject.CHARGEBACK)


def check(verdict: Verdict) -> None:
    """Assert that a verdict says all that its outcome needs, and no more."""
    assert verdict.outcome in OUTCOMES.get(verdict.subject, frozenset(Outcome))
    if verdict.outcome is Outcome.NOT_FOUND:
        assert verdict.money is None
        return
    # What was refused before anything was made of it has none.
    assert verdict.references or verdict.outcome is Outcome.DECLINED, "the thing has no name"
    assert all(reference.kind and reference.value for reference in (*verdict.references, *verdict.parent))
    if verdict.outcome in MOVED and verdict.subject in MONEY:
        assert verdict.money is not None
        assert type(verdict.money.amount) is int
        assert verdict.money.amount > 0
    assert (verdict.decline is not None) == (verdict.outcome is Outcome.DECLINED)
    if verdict.outcome is Outcome.ACTION_REQUIRED:
        assert verdict.action is not None
        is_customers(verdict.action.redirect_url or verdict.action.redirect_url_mobile)
    else:
        assert verdict.action is None
    if verdict.occurred_at is not None:
        assert verdict.occurred_at.tzinfo is not None, "a time without a zone"


def is_customers(url: str) -> None:
    """Assert that a customer can be sent there: absolute, and https unless it is loopback."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))
