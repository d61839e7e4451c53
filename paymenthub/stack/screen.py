"""The one screen that `make up` ends with."""

from paymenthub.setup.errors import SetupError
from paymenthub.setup.files import read_json

from .layout import Layout
from .ports import read_ports

_SCREEN = """
PaymentHub runs at {baseUrl}

  Demo shop          {shop}
  API documentation  {baseUrl}/documentation
  Backoffice         {adminUrl}
                     user {adminUser}, password {adminPassword}
  Sandbox PSP        {sandboxPspUrl}
  Mails sent         {inbox}
  Metrics            {metricsUrl}
  Logs               {logs}

A first payment of 12.50 EUR (open the page its answer names):

  curl -sS {baseUrl}/sandbox/credit-cards/pay \\
    -H 'Authorization: Bearer {apiKey}' \\
    -H 'Content-Type: application/json' \\
    -d '{{"amount": 1250, "currency": "EUR", "shopTransactionId": "order-'$(date +%s)'",
         "buyer": {{"name": "Ada Bianchi", "email": "ada@shop.example"}}}}'

  make demo{where}   the whole story, told in one terminal
  make down{where}   stop everything
"""
_KEYS = ("baseUrl", "apiKey", "adminUrl", "adminUser", "adminPassword", "sandboxPspUrl", "metricsUrl")


def screen(layout: Layout, *, where: str) -> str:
    """Return the screen, filled from demo.json; `where` is what to add to make commands, such as ` VAR_DIR=x`."""
    values = read_json(layout.demo)
    missing = [key for key in _KEYS if not values.get(key)]
    if missing:
        raise SetupError(
            f"{layout.demo} lacks {', '.join(missing)}. Run `python manage.py seed_local` anew, or `make down up`."
        )
    ports = read_ports(layout.ports)
    shop = f"http://127.0.0.1:{ports.shop}" if ports and ports.shop else "nowhere: start it anew"
    inbox = f"http://127.0.0.1:{ports.inbox}" if ports and ports.smtp else "nowhere: start it anew"
    return _SCREEN.format(**values, inbox=inbox, shop=shop, logs=layout.log_dir, where=where)
