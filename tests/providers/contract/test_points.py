"""Where each point of the drivers' contract is tested; points about the hub's own state are tested with the hub."""

import re
from pathlib import Path

import pytest

from .matrix import ROOT

SCENARIOS = "tests/providers/contract/test_scenarios.py::test_a_scenario_ends_as_the_vocabulary_says"
CAPTURES = "tests/payments/services/test_capture_cancel.py"
REFUNDS = "tests/payments/services/test_refund.py"
RECEIVE = "tests/payments/callbacks/test_receive.py"
RACE = "tests/concurrency/test_verdicts_race.py"
C = "tests/providers/contract"

POINTS: dict[str, tuple[str, ...]] = {
    "1 what pay may end in, and where a customer is sent": (SCENARIOS,),
    "2 exact amounts": (
        f"{C}/test_amounts.py::test_an_amount_reaches_the_psp_exactly_and_comes_back",
        f"{C}/test_amounts.py::test_a_part_is_captured_and_no_more",
    ),
    "3 our references, their limits": (
        f"{C}/test_requests.py::test_the_hubs_references_are_sent_along",
        f"{C}/test_requests.py::test_a_payment_that_is_read_echoes_the_attempt",
        f"{C}/test_requests.py::test_what_the_psp_could_not_take_is_refused_before_anything_is_sent",
    ),
    "4 refused locally": (
        f"{C}/test_requests.py::test_what_the_psp_could_not_take_is_refused_before_anything_is_sent",
        "tests/payments/services/test_pay.py::test_what_cannot_be_paid_is_refused_with_nothing_stored",
    ),
    "5 the same key for the same operation": (
        f"{C}/test_idempotency.py::test_the_attempts_key_is_in_every_write",
        f"{C}/test_idempotency.py::test_the_same_call_makes_the_same_request_and_another_one_another_key",
    ),
    "6 time-outs and crashes": (
        f"{C}/test_faults.py::test_a_refused_connection_is_unavailable",
        f"{C}/test_faults.py::test_silence_after_sending_is_unknown",
        "tests/payments/services/test_pay.py::test_s1_an_unknown_outcome_is_pending_and_never_sent_again",
        "tests/e2e/test_kill_web.py::test_after_the_psp_has_charged_and_before_it_has_answered",
    ),
    "7 answers that are none, refusals, credentials": (
        f"{C}/test_faults.py::test_no_usable_answer_is_unknown_where_money_may_have_moved",
        f"{C}/test_faults.py::test_429_is_unavailable_and_not_tried_again",
        f"{C}/test_faults.py::test_401_is_the_merchants_credentials",
        f"{C}/test_faults.py::test_another_refusal_keeps_the_psps_code",
    ),
    "8 a decline is an answer": (SCENARIOS,),
    "9 every status word": (
        f"{C}/test_statuses.py::test_a_payments_status_means_one_thing",
        f"{C}/test_statuses.py::test_a_refunds_status_means_one_thing",
        f"{C}/test_statuses.py::test_a_word_that_nobody_knows_is_pending_and_kept",
    ),
    "10 no way back, except where declared": (
        f"{C}/test_notifications.py::test_a_failure_after_success_is_declared",
        f"{RECEIVE}::test_s22_a_late_lower_state_changes_nothing",
    ),
    "11 status and check agree": (
        "tests/e2e/test_story.py::test_a_token_is_charged_once_and_status_check_and_callbacks_agree",
        "tests/payments/api/test_status.py::test_status_tells_nobody_and_check_sends_the_callback_again",
    ),
    "12 capture and cancel": (
        SCENARIOS,
        f"{CAPTURES}::test_s10_over_capture_is_refused_with_the_amounts_and_nothing_sent",
        f"{CAPTURES}::test_s10_a_capture_after_a_cancel_is_refused",
    ),
    "13 refunds": (
        SCENARIOS,
        f"{REFUNDS}::test_s12_over_sum_is_refused_with_what_may_be_refunded",
        f"{REFUNDS}::test_a_payment_that_was_not_captured_cannot_be_refunded",
        f"{REFUNDS}::test_a_definite_no_gives_the_reserve_up",
    ),
    "14 recurring payments": (SCENARIOS,),
    "15 links": (SCENARIOS,),
    "16 signatures": (
        f"{C}/test_signatures.py::test_every_flipped_byte_is_noticed",
        f"{C}/test_signatures.py::test_a_bent_header_is_noticed",
        f"{C}/test_signatures.py::test_another_key_is_noticed",
        f"{C}/test_signatures.py::test_no_secret_accepts_nothing",
        f"{C}/test_signatures.py::test_the_raw_bytes_are_signed_and_not_what_they_mean",
        f"{C}/test_signatures.py::test_each_secret_is_accepted_while_they_are_rotated",
        f"{C}/test_signatures.py::test_a_stale_and_a_far_future_signature_are_rejected_and_one_within_tolerance_is_not",
        f"{C}/test_signatures.py::test_signatures_are_not_compared_with_an_equals_sign",
    ),
    "17 batches": (f"{C}/test_notifications.py::test_one_bent_item_of_a_batch_is_never_smuggled_through",),
    "18 unsigned bodies are hints": (f"{C}/test_notifications.py::test_a_genuine_notification_brings_its_verdicts",),
    "19 duplicates, disorder, strangers": (
        f"{C}/test_notifications.py::test_the_same_event_has_the_same_key_and_another_one_another",
        f"{C}/test_notifications.py::test_a_type_that_nobody_knows_is_acknowledged_and_changes_nothing",
        f"{RECEIVE}::test_s20_the_same_event_twice_is_kept_once_and_answered_200_both_times",
        f"{RECEIVE}::test_s21_one_for_an_unknown_payment_waits_and_then_calls_a_person",
        f"{RACE}::test_s31_webhook_return_status_check_and_a_second_pay_make_one_transition",
        f"{RACE}::test_s21_a_webhook_that_comes_before_the_psp_answers_makes_one_transition",
    ),
    "20 other amounts, accounts, modes": (
        f"{RECEIVE}::test_s28_another_amount_is_held",
        f"{RECEIVE}::test_s27_one_that_speaks_of_another_account_changes_nothing",
        f"{RECEIVE}::test_s75_a_live_notification_for_a_test_account_changes_nothing",
    ),
    "21 secrets": (
        f"{C}/test_secrets.py::test_a_good_answer_leaves_no_secret",
        f"{C}/test_secrets.py::test_trouble_leaves_no_secret_though_the_psp_echoes_it",
        f"{C}/test_secrets.py::test_a_notification_leaves_no_secret",
    ),
    "22 only the base URL": (
        f"{C}/test_declaration.py::test_the_guard_sees_a_connection_elsewhere",
        f"{C}/test_faults.py::test_a_redirect_is_not_followed",
    ),
    "23 time limits, and nothing shared": (
        f"{C}/test_faults.py::test_silence_after_sending_is_unknown",
        f"{C}/test_stateless.py::test_two_accounts_interleaved_never_meet",
        f"{C}/test_stateless.py::test_notifications_of_two_accounts_never_meet",
    ),
    "24 declared is observed": (
        f"{C}/test_declaration.py::test_declaration_and_code_agree",
        f"{C}/test_declaration.py::test_what_is_not_declared_is_unsupported_and_sends_nothing",
        "tests/providers/test_capability_matrix.py::test_every_declared_operation_and_feature_was_exercised",
    ),
    "a malformed body is never a KeyError": (
        f"{C}/test_faults.py::test_no_usable_answer_is_unknown_where_money_may_have_moved",
        f"{C}/test_notifications.py::test_a_genuine_body_with_any_value_missing_or_of_another_type_breaks_nothing",
    ),
    "a fetch agrees with the notification": (f"{C}/test_notifications.py::test_a_fetch_agrees_with_the_notification",),
    "no network inside a transaction": (
        f"{C}/test_requests.py::test_nothing_is_sent_while_a_transaction_is_open",
        "tests/payments/services/test_statement_counts.py::test_while_the_psp_works_no_transaction_is_open",
    ),
    "not found is only what the PSP says": (
        f"{C}/test_faults.py::test_a_404_that_is_not_the_psps_own_is_not_not_found",
        f"{C}/test_faults.py::test_no_usable_answer_to_a_look_up_is_not_not_found",
        f"{C}/test_requests.py::test_without_ids_and_without_look_up_nothing_is_called_not_found",
    ),
}


def test_all_numbered_points_are_there():
    assert [point.split()[0] for point in POINTS][:24] == [str(number) for number in range(1, 25)]


@pytest.mark.parametrize("point", POINTS)
def test_a_point_is_tested_where_it_says(point: str):
    for node in POINTS[point]:
        path, _, name = node.partition("::")
        # Tests may move within their folder and gain numbers of scenarios; whoever renames one looks here.
        wanted = re.compile(rf"def test_(s\d+_)*{re.sub(r'^test_(s[0-9]+_)*', '', name)}\(")
        top = ROOT.joinpath(*Path(path).parts[:2])
        assert any(wanted.search(file.read_text(encoding="utf-8")) for file in top.rglob("test_*.py")), node
