"""The 77 scenarios: by which tests each is held, which of the compared systems fail it, or where it is still to come."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """`tests` are pairs of a path and a word of the tests' names (empty: the whole file); `later` names what brings it.

    `peers`: systems whose public tracker has it, or that were seen to fail it.
    """

    number: int
    title: str
    tests: tuple[tuple[str, str], ...] = ()
    peers: str = ""
    later: str = ""


SCENARIOS = (
    Scenario(
        1,
        "charged, and the answer is lost",
        tests=(("tests/payments/services/test_pay.py", "s1_"), ("tests/e2e/test_faults.py", "")),
        peers="Medusa, Hyperswitch #2380",
    ),
    Scenario(
        2,
        "the client sends its POST again",
        tests=(("tests/payments/api/test_idempotency_key.py", "s2_"),),
        peers="paymentd",
    ),
    Scenario(
        3,
        "two equal POSTs at once",
        tests=(("tests/concurrency/test_verdicts_race.py", "s3_"), ("tests/payments/api/test_idempotency_race.py", "")),
        peers="Hyperswitch #14003",
    ),
    Scenario(
        4,
        "one order, two keys",
        tests=(
            ("tests/payments/services/test_pay.py", "s4_"),
            ("tests/payments/services/test_choose_method.py", "s4_"),
            ("tests/concurrency/test_checkout_races.py", "s4_"),
        ),
        peers="Saleor #14946, hmis #23833",
    ),
    Scenario(
        5,
        "a worker dies between the provider's yes and our commit",
        tests=(("tests/payments/attempts/test_reconcile.py", "s5_"), ("tests/e2e/test_kill_web.py", "")),
        peers="Polar",
    ),
    Scenario(
        6,
        "a process dies in the middle of a saga",
        tests=(("tests/payments/attempts/test_reconcile.py", "s6_"), ("tests/e2e/test_kill_others.py", "")),
        peers="Medusa #13301",
    ),
    Scenario(
        7,
        "undone although it succeeded elsewhere",
        tests=(("tests/payments/callbacks/test_receive.py", "s7_"),),
        peers="Medusa #13301, #12674",
    ),
    Scenario(
        8,
        "a process is stopped by a deployment",
        tests=(("tests/payments/services/test_pay.py", "s8_"), ("tests/e2e/test_kill_web.py", "")),
    ),
    Scenario(
        9,
        "deadlock, serialisation failure, database restart",
        tests=(("tests/kernel/test_db.py", "deadlock"),),
        peers="dj-stripe #1267",
    ),
    Scenario(
        10,
        "captured twice, after a cancel, or too much",
        tests=(
            ("tests/payments/services/test_capture_cancel.py", "s10_"),
            ("tests/concurrency/test_money_races.py", "s10_"),
        ),
        peers="Medusa #13301",
    ),
    Scenario(
        11,
        "two refunds race past what was captured",
        tests=(("tests/concurrency/test_money_races.py", "s11_"),),
        peers="Hyperswitch #13182, eventyay #1405, django-payments",
    ),
    Scenario(
        12,
        "a refund of too much, of nothing, of exactly the rest",
        tests=(("tests/payments/services/test_refund.py", "s12_"),),
        peers="Hyperswitch #3799",
    ),
    Scenario(
        13, "a refund's outcome is unknown", tests=(("tests/payments/services/test_refund.py", "s13_"),), peers="Medusa"
    ),
    Scenario(
        14,
        "the refund's webhook comes before its answer",
        tests=(("tests/payments/services/test_refund.py", "s14_"), ("tests/concurrency/test_money_races.py", "s14_")),
        peers="gumroad #6193, pretix #4911, woocommerce-paypal #621",
    ),
    Scenario(
        15,
        "a refund made in the provider's dashboard",
        tests=(("tests/payments/services/test_refund.py", "s15_"),),
        peers="pretix #343, Medusa before #14746",
    ),
    Scenario(16, "a refund after a chargeback", tests=(("tests/payments/services/test_refund.py", "s16_"),)),
    Scenario(17, "a refund that fails days later", tests=(("tests/payments/services/test_refund.py", "s17_"),)),
    Scenario(
        18,
        "one row of a bulk refund fails",
        tests=(("tests/payments/services/test_bulk_refund.py", "s18_"),),
        peers="pretix #6376",
    ),
    Scenario(
        19, "a refund at an account that takes nothing new", tests=(("tests/payments/services/test_refund.py", "s19_"),)
    ),
    Scenario(
        20,
        "the same webhook twice",
        tests=(("tests/payments/callbacks/test_receive.py", "s20_"),),
        peers="dj-stripe #1239, Hyperswitch #14003",
    ),
    Scenario(
        21,
        "a webhook before our own call has returned",
        tests=(
            ("tests/payments/callbacks/test_receive.py", "s21_"),
            ("tests/concurrency/test_verdicts_race.py", "s21_"),
        ),
        peers="WooCommerce #3287",
    ),
    Scenario(
        22,
        "news out of order; paid after it had failed",
        tests=(
            ("tests/payments/callbacks/test_receive.py", "s7_s22_"),
            ("tests/payments/services/test_paid_twice.py", "s22_"),
        ),
    ),
    Scenario(
        23,
        "one event, two contents",
        tests=(("tests/payments/callbacks/test_receive.py", "s23_"),),
        peers="Saleor #18196",
    ),
    Scenario(
        24,
        "a forged webhook",
        tests=(
            ("tests/payments/callbacks/test_receive.py", "s24_"),
            ("tests/providers/contract/test_signatures.py", ""),
        ),
        peers="Kill Bill #2227",
    ),
    Scenario(
        25,
        "an old but genuine webhook",
        tests=(("tests/providers/contract/test_signatures.py", "stale"),),
        peers="paymentd",
    ),
    Scenario(
        26, "two secrets while one is replaced", tests=(("tests/providers/contract/test_signatures.py", "rotated"),)
    ),
    Scenario(27, "a webhook for another account", tests=(("tests/payments/callbacks/test_receive.py", "s27_"),)),
    Scenario(
        28,
        "another amount than was asked for",
        tests=(("tests/payments/callbacks/test_receive.py", "s28_"), ("tests/payments/services/test_pay.py", "s28_")),
        peers="InvoicePlane #1677",
    ),
    Scenario(29, "a huge, malformed or slow body", tests=(("tests/payments/callbacks/test_receive.py", "s29_"),)),
    Scenario(30, "a storm of webhooks", tests=(("tests/payments/inbox/test_storm.py", "s30_"),)),
    Scenario(
        31,
        "poller and webhook race",
        tests=(("tests/concurrency/test_verdicts_race.py", "s31_"),),
        peers="Kill Bill #1599, pretix #1166",
    ),
    Scenario(32, "two pollers", tests=(("tests/payments/attempts/test_poll.py", "s32_"),)),
    Scenario(
        33,
        "the provider says «not found»",
        tests=(("tests/payments/attempts/test_reconcile.py", "s33_"),),
        peers="Hyperswitch #3675",
    ),
    Scenario(
        34,
        "a poll finds a failure",
        tests=(("tests/payments/attempts/test_poll_settles.py", "s34_"),),
        peers="Kill Bill #1832",
    ),
    Scenario(
        35,
        "the provider is down",
        tests=(
            ("tests/payments/attempts/test_breaker.py", "s35_"),
            ("tests/payments/services/test_expire_due.py", "s35_"),
        ),
    ),
    Scenario(36, "the clock jumps at a renewal", tests=(("tests/payments/subscriptions/test_scenarios.py", "s36_"),)),
    Scenario(
        37, "the scheduler was down for days", tests=(("tests/payments/subscriptions/test_scenarios.py", "s37_"),)
    ),
    Scenario(
        38,
        "the 31st, and the 29th of February",
        tests=(
            ("tests/payments/subscriptions/test_scenarios.py", "s38_"),
            ("tests/payments/subscriptions/test_calendar.py", "s38_"),
        ),
        peers="Polar #10664",
    ),
    Scenario(
        39,
        "summer time begins or ends",
        tests=(
            ("tests/payments/subscriptions/test_scenarios.py", "s39_"),
            ("tests/payments/subscriptions/test_calendar.py", "s39_"),
        ),
    ),
    Scenario(
        40,
        "a cancel races a renewal",
        tests=(
            ("tests/payments/subscriptions/test_scenarios.py", "s40_"),
            ("tests/concurrency/test_subscription_races.py", "s40_"),
        ),
    ),
    Scenario(
        41,
        "one renewal, two workers",
        tests=(
            ("tests/concurrency/test_subscription_races.py", "s41_"),
            ("tests/payments/subscriptions/test_crashes.py", "s41_"),
        ),
        peers="woocommerce-stripe #2474, #2509",
    ),
    Scenario(
        42, "soft and hard declines of a renewal", tests=(("tests/payments/subscriptions/test_scenarios.py", "s42_"),)
    ),
    Scenario(
        43,
        "it expires while the customer pays",
        tests=(
            ("tests/payments/services/test_expire_due.py", "s43_"),
            ("tests/payments/services/test_capture_cancel.py", "s43_"),
        ),
        peers="Saleor #14733",
    ),
    Scenario(
        44,
        "invoice numbers under concurrency",
        tests=(("tests/invoices/test_numbering.py", "s44_"),),
        peers="Lago #1544, Paymenter #1244, hitobito #4005",
    ),
    Scenario(
        45,
        "the PDF cannot be made",
        tests=(("tests/invoices/test_files.py", "s45_"), ("tests/invoices/test_issue.py", "s45_")),
    ),
    Scenario(
        46,
        "a mail twice, or before the commit",
        tests=(("tests/payments/notifications/test_notify.py", "s46_"),),
        peers="pretix #1166, Polar #9084",
    ),
    Scenario(
        47,
        "the callback's receiver is down for days",
        tests=(("tests/payments/outbound/test_deliver.py", "given_up"), ("tests/payments/outbound/test_replay.py", "")),
        peers="paymentd, Lago, Polar",
    ),
    Scenario(
        48,
        "a slow receiver, redirects, huge answers",
        tests=(
            ("tests/payments/outbound/test_deliver.py", "slow_receiver"),
            ("tests/payments/outbound/test_deliver.py", "redirect"),
        ),
    ),
    Scenario(
        49,
        "the receiver gets events out of order",
        tests=(
            ("tests/payments/outbound/test_deliver.py", "does_not_hold"),
            ("tests/payments/outbound/test_example_receiver.py", "older"),
        ),
        peers="Polar #9525",
    ),
    Scenario(
        50,
        "the relay dies after sending, before its mark",
        tests=(
            ("tests/payments/outbound/test_deliver_once.py", "worker_that_died"),
            ("tests/e2e/test_kill_others.py", ""),
        ),
    ),
    Scenario(
        51,
        "requests into our own network",
        tests=(("tests/payments/outbound/test_guard.py", ""),),
        peers="superlog #154, AutoForm #36, hyperdx #2593",
    ),
    Scenario(
        52,
        "open redirects",
        tests=(("tests/payments/domain/test_redirects.py", "s52_"),),
        peers="paymentd",
    ),
    Scenario(53, "one project asks for another's objects", tests=(("tests/security/test_doors.py", "s53_"),)),
    Scenario(54, "staff of one project see another's", later="the backoffice"),
    Scenario(55, "formulas in exports", later="the backoffice"),
    Scenario(
        56,
        "card numbers in free fields",
        tests=(("tests/kernel/test_cards.py", ""), ("tests/payments/api/test_pay_input.py", "card")),
    ),
    Scenario(
        57, "secrets in logs", tests=(("tests/security/test_log_scan.py", ""),), peers="Hyperswitch #4751, mended"
    ),
    Scenario(58, "provider credentials at rest", tests=(("tests/kernel/test_crypto.py", ""),)),
    Scenario(59, "a leaked API key", tests=(("tests/payments/api/test_keys.py", ""),)),
    Scenario(
        60, "a signed request is replayed", tests=(("tests/payments/outbound/test_sign.py", "stale"),), peers="paymentd"
    ),
    Scenario(
        61,
        "guessed sessions, changed amounts",
        tests=(
            ("tests/payments/services/test_checkout_tokens.py", "s61_"),
            ("tests/concurrency/test_checkout_races.py", "s61_"),
        ),
    ),
    Scenario(
        62,
        "markup in names and messages",
        tests=(
            ("tests/backoffice/test_actions.py", "s62_"),
            ("tests/payments/notifications/test_sandbox.py", "s62_"),
        ),
    ),
    Scenario(
        63,
        "card testing",
        tests=(("tests/api_product/test_rate_limits.py", ""),),
        later="the hosted checkout has the rest",
    ),
    Scenario(64, "a refund needs permission", tests=(("tests/backoffice/test_action_access.py", "permission"),)),
    Scenario(65, "a form is sent twice", tests=(("tests/backoffice/test_form_once.py", "s65_"),)),
    Scenario(
        66,
        "currencies with no or three decimals",
        tests=(("tests/kernel/test_money.py", "s66_"),),
        peers="django-payments, Lago #643, InvoicePlane #1677, Paymenter #1258, cal.diy #30038, moodle-paygw_stripe #2",
    ),
    Scenario(67, "amounts that are no integers", tests=(("tests/payments/api/test_pay_input.py", "s67_"),)),
    Scenario(68, "a refund in another currency", tests=(("tests/payments/services/test_refund.py", "s68_"),)),
    Scenario(
        69,
        "what is left over in a split",
        tests=(
            ("tests/kernel/test_money.py", "s69_"),
            ("tests/invoices/domain", "s69_"),
        ),
    ),
    Scenario(70, "the ledger out of balance", tests=(("tests/payments/services/test_ledger_proof.py", "imbalance"),)),
    Scenario(
        71,
        "a word of a provider that nobody knows",
        tests=(("tests/providers/contract/test_statuses.py", "nobody_knows"),),
    ),
    Scenario(
        72,
        "an account is closed while payments are open",
        tests=(("tests/payments/attempts/test_poll_settles.py", "s72_"),),
    ),
    Scenario(73, "a person is erased, the invoices stay", tests=(("tests/invoices/test_erase_buyer.py", "s73_"),)),
    Scenario(
        74,
        "a database restored from a backup",
        tests=(("tests/payments/inbox/test_resync.py", "s74_"), ("tests/e2e/test_restore.py", "s74_")),
    ),
    Scenario(
        75,
        "a test key on a live project",
        tests=(("tests/payments/callbacks/test_receive.py", "s75_"), ("tests/security/test_doors.py", "other_mode")),
    ),
    Scenario(76, "a million rows exported", later="the backoffice"),
    Scenario(77, "whose midnight a report means", later="the backoffice"),
)
