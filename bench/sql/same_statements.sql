-- One paid payment: the same statements in the same two transactions, in the same order, as `services/pay` sends them.
SELECT * FROM payments_provideraccount WHERE mode = 'test' AND project_id = :project::uuid AND provider = 'instant' AND is_default ORDER BY id LIMIT 1;
BEGIN;
INSERT INTO payments_payment (id, created_at, project_id, mode, shop_transaction_id, claimed_shop_transaction_id, type, amount, currency, capture_mode, provider, method, provider_account_id, provider_payment_id, state, machine, machine_version, business_state, authorized, captured, refunded_by_us, refund_reserved, refunded_elsewhere, charged_back, winning_attempt_id, description, buyer, additional_data, locale, success_redirect_url, failure_redirect_url, callback_url, expires_at, sequence, updated_at, saga_metadata, has_provider_data, state_number, of_order)
  SELECT id, now(), :project::uuid, 'test', 'order-' || id, 'order-' || id, 'DIRECT', 1299, 'EUR', 'automatic', 'instant', 'credit-cards', :account::uuid, '', 'PAYMENT_SCHEDULE_REQUESTED', 'payment', 1, 0, 0, 0, 0, 0, 0, 0, NULL, '', '{}', '{}', '', '', '', '', NULL, 0, now(), '{}', false, 0, false FROM (SELECT uuidv7() AS id) AS new
  RETURNING id AS payment \gset
INSERT INTO payments_attempt (id, created_at, project_id, payment_id, provider_account_id, kind, method, amount, currency, final_capture, idempotency_key, request_digest, has_provider_data, state, lease_until, next_check_at, checks, decline_reason, decline_code, decline_message, may_retry, redirect_url, redirect_url_mobile, exchanges, elapsed_ms, decided_at)
  SELECT id, now(), :project::uuid, :payment::uuid, :account::uuid, 'pay', 'credit-cards', 1299, 'EUR', true, 'ph-' || replace(id::text, '-', ''), repeat('6e409a06', 8), false, 'OPEN', now() + interval '1 minute', now() + interval '1 minute', 0, '', '', '', true, '', '', '[]', NULL, NULL FROM (SELECT uuidv7() AS id) AS new
  RETURNING id AS attempt \gset
INSERT INTO payments_transition (id, created_at, project_id, payment_id, number, event, from_state, to_state, business_state, business_event, unexpected, source, evidence, actor)
  VALUES (uuidv7(), now(), :project::uuid, :payment::uuid, 1, 'paymentCreated', '', 'PAYMENT_CREATED', 0, NULL, false, 'api', '', ''),
         (uuidv7(), now(), :project::uuid, :payment::uuid, 2, 'scheduleRequested', 'PAYMENT_CREATED', 'PAYMENT_SCHEDULE_REQUESTED', 0, 0, false, 'api', '', '');
COMMIT;
BEGIN;
SELECT * FROM payments_payment WHERE id = :payment::uuid FOR UPDATE;
SELECT * FROM payments_attempt WHERE payment_id = :payment::uuid AND id = :attempt::uuid;
SELECT * FROM payments_pspreference WHERE provider_account_id = :account::uuid AND value = 'psp_' || :attempt;
SELECT 1 FROM payments_movement WHERE payment_id = :payment::uuid AND evidence = 'attempt:' || :attempt AND kind = 'authorized' LIMIT 1;
SELECT 1 FROM payments_movement WHERE payment_id = :payment::uuid AND evidence = 'attempt:' || :attempt AND kind = 'captured' LIMIT 1;
SELECT max(number) FROM payments_transition WHERE payment_id = :payment::uuid;
UPDATE payments_attempt SET state = 'SUCCEEDED', lease_until = NULL, next_check_at = NULL, decided_at = now() WHERE id = :attempt::uuid;
INSERT INTO payments_pspreference (id, created_at, project_id, provider_account_id, payment_id, attempt_id, kind, value)
  VALUES (uuidv7(), now(), :project::uuid, :account::uuid, :payment::uuid, :attempt::uuid, 'payment', 'psp_' || :attempt) ON CONFLICT DO NOTHING;
INSERT INTO payments_movement (id, created_at, project_id, payment_id, attempt_id, kind, amount, currency, evidence, occurred_at)
  VALUES (uuidv7(), now(), :project::uuid, :payment::uuid, :attempt::uuid, 'authorized', 1299, 'EUR', 'attempt:' || :attempt, now()),
         (uuidv7(), now(), :project::uuid, :payment::uuid, :attempt::uuid, 'captured', 1299, 'EUR', 'attempt:' || :attempt, now());
INSERT INTO payments_transition (id, created_at, project_id, payment_id, number, event, from_state, to_state, business_state, business_event, unexpected, source, evidence, actor)
  VALUES (uuidv7(), now(), :project::uuid, :payment::uuid, 3, 'paymentExecuted', 'PAYMENT_SCHEDULE_REQUESTED', 'PAYMENT_EXECUTED', 1, 1, false, 'api', '', '');
INSERT INTO payments_outboxevent (id, created_at, project_id, payment_id, mode, sequence, type, body, published_at)
  VALUES (uuidv7(), now(), :project::uuid, :payment::uuid, 'test', 1, 'payment.captured', jsonb_build_object('status', 'ACCEPTED', 'paymentId', 'psp_' || :attempt, 'shopTransactionId', 'order-' || :payment, 'providerName', 'instant', 'paymentMethod', 'credit-cards', 'action', 'PAYMENT', 'metadata', jsonb_build_object('hubPaymentId', 'pay_' || :payment, 'state', 'PAYMENT_EXECUTED', 'amount', 1299, 'currency', 'EUR', 'capturedAmount', 1299, 'totalRefundedAmount', 0)), NULL);
UPDATE payments_payment SET provider_payment_id = 'psp_' || :attempt, state = 'PAYMENT_EXECUTED', business_state = 1, authorized = 1299, captured = 1299, winning_attempt_id = :attempt::uuid, sequence = 1, updated_at = now() WHERE id = :payment::uuid;
COMMIT;
