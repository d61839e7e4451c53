"""What a merchant's Stripe account needs, and the version of Stripe's API that this driver speaks."""

from providers.types import ConfigField

API_VERSION = "2026-10-28.endive"
"""The version that the SDK's types describe: change it only together with the SDK, and read Stripe's changelog first."""

BASE_URL = "https://api.stripe.com"

FIELDS = (
    ConfigField("secret_key", "The secret or restricted key, sk_… or rk_….", secret=True),
    ConfigField("webhook_secret", "The signing secret of the webhook endpoint, whsec_….", secret=True),
    ConfigField("webhook_secret_2", "A second signing secret while the first is rotated.", secret=True, required=False),
    ConfigField("base_url", "Where Stripe listens.", required=False, default=BASE_URL),
    ConfigField("account_id", "The connected account, acct_…, where a platform acts for it.", required=False),
)
