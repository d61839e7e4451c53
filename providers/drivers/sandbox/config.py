"""What a merchant's account at the sandbox PSP needs."""

from providers.types import ConfigField

FIELDS = (
    ConfigField("base_url", "Where the sandbox PSP listens, such as http://127.0.0.1:9100."),
    ConfigField("api_key", "The account's key.", secret=True),
    ConfigField("webhook_secret", "Signs the sandbox's notifications.", secret=True),
    ConfigField("webhook_secret_2", "A second signing secret while the first is rotated.", secret=True, required=False),
)
