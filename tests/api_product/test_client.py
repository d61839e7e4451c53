"""The document is usable: a client made from it by a known generator pays and reads the status over real HTTP."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

from payments.api.schema import document

pytestmark = pytest.mark.django_db(transaction=True)
PACKAGE = "client_from_the_document"
_FILES = ("application/x-ndjson", "application/pdf", "application/xml", "application/zip", "image/png", "image/svg+xml")
_STREAMS = "content_type_overrides:\n" + "".join(f"  {kind}: application/octet-stream\n" for kind in _FILES)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> ModuleType:
    """The generated package, imported from a temporary folder."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(document())
    (folder / "config.yml").write_text(f"package_name_override: {PACKAGE}\npost_hooks: []\n{_STREAMS}")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"),
            *("--path", "openapi.json", "--config", "config.yml", "--output-path", PACKAGE),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.{name}")


@pytest.mark.parametrize("prefix", ["", "_v3"])
def test_a_generated_client_pays_and_reads_the_status(made, world, live_server, prefix):
    models = module("models")
    folder = "payments_v_3" if prefix else "payments"
    pay, status = (module(f"api.{folder}.{name}{prefix}") for name in ("pay", "status"))
    order = models.PayRequest(amount=1290, currency="EUR", shop_transaction_id=f"client-order{prefix}")

    with made.AuthenticatedClient(base_url=live_server.url, token=world.key) as client:
        paid = pay.sync("moody", "credit-cards", client=client, body=order)
        again = pay.sync_detailed("moody", "credit-cards", client=client, body=order)
        stands = status.sync("moody", client=client, payment_id=paid.payment_id)

    assert isinstance(paid, models.PayResult)
    assert (paid.result, paid.result_description) == ("OK", "Paid.")
    assert again.parsed.payment_id == paid.payment_id
    assert again.headers["Idempotency-Replayed"] == "true"
    assert isinstance(stands, models.PaymentStatus)
    assert (stands.status, stands.shop_transaction_id) == ("ACCEPTED", f"client-order{prefix}")
    assert stands.metadata["capturedAmount"] == 1290


def test_a_generated_client_understands_a_refusal(made, world, live_server):
    models, pay = module("models"), module("api.payments.pay")
    order = models.PayRequest(amount=1290, currency="EUR", shop_transaction_id="client-order")

    with made.AuthenticatedClient(base_url=live_server.url, token="phk_test_nobody") as client:
        refused = pay.sync("moody", "credit-cards", client=client, body=order)

    assert isinstance(refused, models.Error)
    assert (refused.status_code, refused.code, refused.retryable) == (401, "unauthenticated", False)
