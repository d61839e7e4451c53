"""One deliberate break per scenario: the named tests must fail when it is made. Run: python -m tests.mutants"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """Replace `old` (it stands once in `file`) by `new`; then `tests` (a pytest -k word in a path) must fail."""

    scenario: str
    what: str
    file: str
    old: str
    new: str
    path: str
    word: str


def _m(scenario: str, what: str, file: str, old: str, new: str, path: str, word: str) -> Mutant:
    return Mutant(scenario, what, file, old, new, path, word)


MUTANTS = (
    _m(
        "S1",
        "a lost answer counts as a refusal",
        "payments/domain/verdict.py",
        "            return Effect(AttemptState.UNKNOWN)",
        "            return Effect(AttemptState.DECLINED, failed)",
        "tests/payments/services/test_pay.py",
        "s1_",
    ),
    _m(
        "S2",
        "a used key with other content is replayed",
        "payments/idempotency.py",
        "        if not self.is_same(record.fingerprint):",
        "        if False:",
        "tests/payments/api/test_idempotency_key.py",
        "s2_",
    ),
    _m(
        "S3",
        "a payment does not claim its shop transaction id",
        "payments/services/pay.py",
        "        claimed_shop_transaction_id=command.shop_transaction_id,\n",
        "",
        "tests/concurrency/test_verdicts_race.py",
        "s3_",
    ),
    _m(
        "S4",
        "other content under the same shop transaction id is taken for a repetition",
        "payments/services/pay.py",
        "    if (payment.money, payment.provider, payment.method, payment.capture_mode) != asked:",
        "    if False:",
        "tests/payments/services/test_pay.py",
        "s4_",
    ),
    _m(
        "S5",
        "an attempt is sent again without a look at the PSP's memory of keys",
        "payments/attempts/reconcile.py",
        "    if window is None or clock.now() - attempt.created_at > window - dt.timedelta(seconds=settings.ATTEMPT_LEASE):",
        "    if False:",
        "tests/payments/attempts/test_reconcile.py",
        "s5_",
    ),
    _m(
        "S6",
        "an attempt whose runner died is never due",
        "payments/saga/commands.py",
        "        next_check_at=lease_until or now,",
        "        next_check_at=None,",
        "tests/payments/attempts/test_reconcile.py",
        "s6_",
    ),
    _m(
        "S7",
        "a refusal that comes late undoes a payment that succeeded",
        "payments/domain/effects.py",
        "    if asked.state is AttemptState.SUCCEEDED or asked.state in ENDED_WITHOUT_SUCCESS:\n"
        "        return NOTHING  # a late lower state changes nothing",
        "    pass",
        "tests/payments/callbacks/test_receive.py",
        "s7_",
    ),
    _m(
        "S8",
        "a process that was stopped past its lease sends all the same",
        "payments/attempts/run.py",
        "    if attempt.lease_until is None or attempt.lease_until <= clock.now():",
        "    if False:",
        "tests/payments/services/test_pay.py",
        "s8_",
    ),
    _m(
        "S9",
        "a deadlock is an error to the caller",
        "paymenthub/kernel/db.py",
        'if getattr(error.__cause__, "sqlstate", None) not in _RUN_AGAIN:',
        "if True:",
        "tests/kernel/test_db.py",
        "deadlock",
    ),
    _m(
        "S10",
        "more is captured than is held",
        "payments/services/capture.py",
        "    if amount > payment.capturable:",
        "    if False:",
        "tests/payments/services/test_capture_cancel.py",
        "s10_",
    ),
    _m(
        "S11",
        "the payment is not locked",
        "payments/locks.py",
        'return Payment.objects.select_for_update(of=("self",)).get(pk=payment_id)',
        "return Payment.objects.get(pk=payment_id)",
        "tests/concurrency/test_money_races.py",
        "s11_a_hundred",
    ),
    _m(
        "S12",
        "more is refunded than may be",
        "payments/services/refund.py",
        "    if command.money.amount > most:",
        "    if False:",
        "tests/payments/services/test_refund.py",
        "s12_",
    ),
    _m(
        "S13",
        "a refund in doubt gives its reserve up",
        "payments/verdicts/reservation.py",
        "    else:\n        return\n    if was_open:",
        "    if was_open:",
        "tests/payments/services/test_refund.py",
        "s13_",
    ),
    _m(
        "S14",
        "a notification that may be the answer to our own call is booked as external",
        "payments/attempts/others.py",
        "    if kind is not None and _may_be_ours(paying, verdict, kind):",
        "    if False:",
        "tests/payments/services/test_refund.py",
        "s14_",
    ),
    _m(
        "S15",
        "a refund made at the PSP is counted at each notification",
        "payments/saga/change.py",
        "        if known or (not self.is_new and self.payment.movements.filter(kind=kind, evidence=evidence).exists()):",
        "        if False:",
        "tests/payments/services/test_refund.py",
        "s15_",
    ),
    _m(
        "S16",
        "a refund after a chargeback needs no override",
        "payments/services/refund.py",
        "    if payment.charged_back > 0 and not command.over_chargeback:",
        "    if False:",
        "tests/payments/services/test_refund.py",
        "s16_",
    ),
    _m(
        "S17",
        "a refund that was reversed stays refunded",
        "payments/domain/effects.py",
        "        if not back:",
        "        if True:",
        "tests/payments/services/test_refund.py",
        "s17_",
    ),
    _m(
        "S18",
        "a row that is refused stops the rows after it",
        "payments/services/bulk_refund.py",
        "    except HubError as error:",
        "    except ZeroDivisionError as error:",
        "tests/payments/services/test_bulk_refund.py",
        "s18_",
    ),
    _m(
        "S19",
        "refunds go to an account that takes new payments only",
        "payments/services/refund.py",
        "        payment.id, lambda: _write_down(payment.id, command, by), by=by, account=payment.provider_account\n",
        "        payment.id, lambda: _write_down(payment.id, command, by), by=by,"
        " account=__import__('payments.selectors.accounts', fromlist=['x']).for_new_payment("
        "project=payment.project, mode=payment.mode, provider=payment.provider)\n",
        "tests/payments/services/test_refund.py",
        "s19_",
    ),
    _m(
        "S65",
        "a form whose place was just taken is an error and not the first one's result",
        "payments/services/operate.py",
        '        if constraint_of(error) != "audit_form_once":\n            raise',
        "        raise",
        "tests/backoffice/test_form_once.py",
        "s65_",
    ),
    _m(
        "S66",
        "every currency has two decimals",
        "paymenthub/kernel/money.py",
        "    return _EXPONENTS[currency]",
        "    return 2",
        "tests/kernel/test_money.py",
        "s66_",
    ),
    _m(
        "S67",
        "booleans are amounts",
        "payments/api/typed.py",
        "strict=True",
        "strict=False",
        "tests/payments/api/test_pay_input.py",
        "s67_",
    ),
    _m(
        "S69",
        "what is left over when an amount is split is lost",
        "paymenthub/kernel/money.py",
        "        lucky = set(by_remainder[:left_over])",
        "        lucky: set[int] = set()",
        "tests/kernel/test_money.py",
        "s69_",
    ),
    _m(
        "S68",
        "a refund in another currency is taken",
        "payments/services/refund.py",
        "    if command.money.currency != payment.currency:",
        "    if False:",
        "tests/payments/services/test_refund.py",
        "s68_",
    ),
)
