"""Files in S3: against moto's server, over real HTTP."""

from collections.abc import Iterator

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from invoices import links, storage
from invoices.models import Invoice
from invoices.services import files
from paymenthub.settings import invoices as invoice_settings
from tests.invoices import shop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
ACCESS = {"aws_access_key_id": "test", "aws_secret_access_key": "test-secret", "region_name": "eu-south-1"}


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client("s3", endpoint_url=url, **ACCESS)
    client.create_bucket(Bucket="bills", CreateBucketConfiguration={"LocationConstraint": "eu-south-1"})
    yield url
    server.stop()


@pytest.fixture(autouse=True)
def _s3(settings, s3, monkeypatch) -> None:
    monkeypatch.setattr(invoice_settings, "INVOICE_STORAGE", "s3")
    made = invoice_settings.storages(settings.VAR_DIR)["invoices"]
    options = made["OPTIONS"] | {
        "bucket_name": "bills",
        "endpoint_url": s3,
        "region_name": "eu-south-1",
        "access_key": "test",
        "secret_key": "test-secret",
    }
    settings.INVOICE_STORAGE = "s3"
    settings.STORAGES = settings.STORAGES | {"invoices": made | {"OPTIONS": options}}


@pytest.fixture
def invoice(project, profile, account, script, monkeypatch) -> Invoice:
    monkeypatch.setattr(files, "render", shop.quick_render)
    shop.paid(project, script)
    shop.work()
    shop.make_files()
    return Invoice.objects.get()


def test_a_file_is_kept_in_the_bucket_and_opened_by_a_presigned_link_only(invoice, s3):
    assert invoice.is_ready
    assert storage.read_file(invoice, "pdf").startswith(b"%PDF")
    location = links.location(invoice)
    assert location.startswith(f"{s3}/bills/")
    assert "X-Amz-Expires=3600" in location
    answer = httpx.get(location)
    assert (answer.status_code, answer.content[:4], answer.headers["Content-Type"]) == (200, b"%PDF", "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'


def test_a_second_try_overwrites_the_first_and_a_lost_file_is_known_as_lost(invoice):
    files.make_again(invoice)
    shop.make_files()
    listed = storage.files().listdir(storage.stored_name(invoice, "pdf").rpartition("/")[0])[1]
    assert sorted(name.rpartition(".")[2] for name in listed) == ["pdf", "xml"]
    storage.files().delete(storage.stored_name(invoice, "pdf"))
    with pytest.raises(FileNotFoundError):
        storage.read_file(invoice, "pdf")


def test_a_bucket_that_is_not_there_is_a_try_that_failed(invoice, settings):
    options = settings.STORAGES["invoices"]["OPTIONS"] | {"bucket_name": "nowhere"}
    settings.STORAGES = settings.STORAGES | {"invoices": settings.STORAGES["invoices"] | {"OPTIONS": options}}
    files.make_again(invoice)
    shop.make_files()
    invoice.refresh_from_db()
    assert (invoice.file_state, invoice.file_error) == ("failed", "NoSuchBucket")
