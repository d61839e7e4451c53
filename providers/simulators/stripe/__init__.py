"""A small Stripe over real HTTP: Checkout Sessions with a page to pay on, PaymentIntents, refunds, keys, webhooks."""
