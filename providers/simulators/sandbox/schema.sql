CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY,
    api_key_hash TEXT NOT NULL UNIQUE,
    webhook_secret TEXT NOT NULL,
    webhook_secret_2 TEXT,
    webhook_url TEXT
);

CREATE TABLE IF NOT EXISTS payments (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    status TEXT NOT NULL,
    step TEXT NOT NULL DEFAULT '',
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    amount_authorized INTEGER NOT NULL DEFAULT 0,
    amount_captured INTEGER NOT NULL DEFAULT 0,
    amount_refunded INTEGER NOT NULL DEFAULT 0,
    amount_charged_back INTEGER NOT NULL DEFAULT 0,
    amount_chargeback_won INTEGER NOT NULL DEFAULT 0,
    capture_closed INTEGER NOT NULL DEFAULT 0,
    reference TEXT NOT NULL,
    method TEXT NOT NULL,
    capture TEXT NOT NULL,
    return_url TEXT NOT NULL,
    cancel_url TEXT,
    notification_url TEXT,
    base_url TEXT NOT NULL,
    description TEXT,
    customer TEXT,
    metadata TEXT,
    decline_code TEXT,
    created REAL NOT NULL,
    expires_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS payments_reference ON payments (account, reference);
CREATE INDEX IF NOT EXISTS payments_key ON payments (account, idempotency_key);
CREATE INDEX IF NOT EXISTS payments_open ON payments (expires_at) WHERE status = 'awaiting_customer';

CREATE TABLE IF NOT EXISTS captures (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    payment TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reference TEXT,
    created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS captures_payment ON captures (payment);

CREATE TABLE IF NOT EXISTS refunds (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    payment TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    reference TEXT,
    failure_code TEXT,
    idempotency_key TEXT,
    created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS refunds_payment ON refunds (payment);
CREATE INDEX IF NOT EXISTS refunds_reference ON refunds (account, reference);

CREATE TABLE IF NOT EXISTS ledger (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    payment TEXT NOT NULL,
    reference TEXT NOT NULL,
    idempotency_key TEXT,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_charge ON ledger (payment) WHERE kind IN ('charge', 'authorize');
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_charge_per_key ON ledger (account, idempotency_key)
    WHERE kind IN ('charge', 'authorize');
CREATE INDEX IF NOT EXISTS ledger_reference ON ledger (reference);

CREATE TABLE IF NOT EXISTS idempotency (
    account TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL,
    PRIMARY KEY (account, key)
);

CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY,
    due_at REAL NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    account TEXT NOT NULL,
    payment TEXT NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS events_payment ON events (payment);

CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY,
    event TEXT NOT NULL,
    payment TEXT NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,
    fault TEXT,
    forged INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_payment ON deliveries (payment);

CREATE TABLE IF NOT EXISTS delivery_attempts (
    id INTEGER PRIMARY KEY,
    delivery INTEGER NOT NULL,
    at REAL NOT NULL,
    status INTEGER,
    error TEXT,
    milliseconds INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS delivery_attempts_delivery ON delivery_attempts (delivery);

CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY,
    operation TEXT NOT NULL,
    fault TEXT NOT NULL,
    milliseconds INTEGER,
    times_left INTEGER,
    probability REAL NOT NULL,
    reference TEXT
);

CREATE TABLE IF NOT EXISTS fault_counts (
    operation TEXT NOT NULL,
    fault TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (operation, fault)
);

CREATE TABLE IF NOT EXISTS links (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    payment TEXT NOT NULL UNIQUE
);

CREATE TABLE IF NOT EXISTS kept_tokens (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    payment TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    later TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL
);

CREATE TABLE IF NOT EXISTS subscriptions (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    status TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    reference TEXT NOT NULL,
    method TEXT NOT NULL,
    interval TEXT NOT NULL,
    interval_count INTEGER NOT NULL,
    max_charges INTEGER,
    time_zone TEXT NOT NULL,
    anchor REAL NOT NULL,
    steps INTEGER NOT NULL DEFAULT 0,
    ends_at REAL,
    token TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL DEFAULT 0,
    due_at REAL,
    next_at REAL,
    cancel_at_period_end INTEGER NOT NULL DEFAULT 0,
    end_reason TEXT,
    notification_url TEXT,
    base_url TEXT NOT NULL,
    description TEXT,
    customer TEXT,
    metadata TEXT,
    created REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS subscriptions_due ON subscriptions (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS subscriptions_reference ON subscriptions (account, reference);

CREATE TABLE IF NOT EXISTS subscription_charges (
    payment TEXT PRIMARY KEY,
    subscription TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    due_at REAL NOT NULL,
    by_itself INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS subscription_charges_of ON subscription_charges (subscription, sequence);

CREATE TABLE IF NOT EXISTS test_clocks (
    account TEXT PRIMARY KEY,
    seconds REAL NOT NULL
);
