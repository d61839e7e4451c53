import datetime as dt
import json
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from paymenthub.kernel.crypto import hash_secret
from paymenthub.kernel.errors import InvalidField
from payments.models import ApiKey, Principal, Project, ProviderAccount
from payments.outbound.secrets import open_secrets
from payments.selectors import accounts, api_keys
from payments.services import merchants
from tests.factories import make_project

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _drivers(settings):
    settings.PROVIDER_DRIVERS = ["tests.payments.api.drivers.KeyedDriver"]
    settings.ENABLED_PROVIDERS = []


@pytest.fixture
def shop() -> Project:
    return make_project(name="shop", principal=Principal.objects.create(name="Acme"))


def test_a_principal_is_made_once():
    assert "create_project 'Acme'" in run("create_principal", "Acme")
    with pytest.raises(CommandError, match=r"already\. Use it, or choose another name"):
        run("create_principal", "Acme")
    assert Principal.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb"])
def test_a_name_is_short_and_printable(name):
    with pytest.raises(InvalidField):
        merchants.create_principal(name=name)


def test_a_project_is_made_with_a_signing_secret_that_is_shown_once():
    run("create_principal", "Acme")
    out = run("create_project", "Acme", "shop", "--callback-url", "http://orders:8080/news")
    project = Project.objects.get()
    assert project.callback_url == "http://orders:8080/news"
    assert open_secrets(project) == re.findall(r"whsec_\S+", out)
    assert re.findall(r"whsec_\S+", out)[0] not in project.callback_secrets_sealed
    with pytest.raises(CommandError, match="Acme has a project 'shop' already"):
        run("create_project", "Acme", "shop")


@pytest.mark.parametrize("url", ["shop.test", "ftp://shop.test/", "javascript:alert(1)", "http://"])
def test_a_callback_address_must_be_one(url):
    run("create_principal", "Acme")
    with pytest.raises(CommandError, match="callback URL"):
        run("create_project", "Acme", "shop", "--callback-url", url)
    assert not Project.objects.exists()


def test_a_project_of_nobody_says_what_to_do():
    with pytest.raises(CommandError, match=r"manage\.py create_principal 'Acme'"):
        run("create_project", "Acme", "shop")


def test_a_key_is_shown_once_and_kept_as_a_hash(shop):
    out = run(
        "create_api_key",
        "Acme/shop",
        "--mode",
        "live",
        "--scope",
        "read",
        "--scope",
        "payments",
        "--expires",
        "2999-12-31",
    )
    secret = re.findall(r"phk_live_[\w-]+", out)[0]
    key = ApiKey.objects.get()
    assert len(secret) >= len("phk_live_") + 32
    assert (key.secret_hash, key.shown) == (hash_secret(secret), secret[:13])
    assert key.scopes == ["payments", "read"]
    assert key.expires_at == dt.datetime(3000, 1, 1, tzinfo=dt.UTC)
    assert api_keys.identify(secret).scopes == {"payments", "read"}


def test_quiet_prints_the_key_alone(shop):
    secret = run("create_api_key", "shop", "--mode", "test", "--quiet").strip()
    assert api_keys.identify(secret).project == shop


def test_a_key_that_makes_no_sense_is_refused(shop):
    with pytest.raises(CommandError, match="expired already"):
        run("create_api_key", "shop", "--mode", "test", "--expires", "2001-01-01")
    with pytest.raises(CommandError, match="such as 2027-12-31"):
        run("create_api_key", "shop", "--mode", "test", "--expires", "soon")
    with pytest.raises(CommandError, match=r"manage\.py create_project"):
        run("create_api_key", "nobody", "--mode", "test")
    with pytest.raises(InvalidField):
        merchants.create_api_key(project=shop, mode="test", scopes=["everything"])
    with pytest.raises(InvalidField):
        merchants.create_api_key(project=shop, mode="test", scopes=[])
    with pytest.raises(InvalidField):
        merchants.create_api_key(project=shop, mode="both", scopes=["read"])
    assert not ApiKey.objects.exists()


def test_a_project_name_that_two_principals_use_needs_its_principal(shop):
    make_project(name="shop", principal=Principal.objects.create(name="Zenith"))
    with pytest.raises(CommandError, match="Acme/shop, Zenith/shop"):
        run("create_api_key", "shop", "--mode", "test")
    run("create_api_key", "Zenith/shop", "--mode", "test")


def test_an_account_takes_secrets_from_the_environment_and_is_sealed(shop, monkeypatch):
    monkeypatch.setenv("THEIR_KEY", "sk_very_secret")
    out = run(
        "create_provider_account",
        "shop",
        "keyed",
        "--mode",
        "test",
        "--set",
        "merchant=m1",
        "--set-from-env",
        "api_key=THEIR_KEY",
    )
    account = ProviderAccount.objects.get()
    assert accounts.opened(account).config == {"merchant": "m1", "api_key": "sk_very_secret", "region": "eu"}
    assert "sk_very_secret" not in account.config_sealed + out
    assert (account.is_default, account.methods) == (True, ["credit-cards", "wallet"])
    assert f"http://testserver/c/{account.webhook_token}" in out


def test_an_account_takes_settings_from_a_file(shop, tmp_path):
    file = tmp_path / "keyed.json"
    file.write_text(json.dumps({"merchant": "m1", "api_key": "k"}))
    run("create_provider_account", "shop", "keyed", "--mode", "live", "--config-file", str(file), "--method", "wallet")
    account = ProviderAccount.objects.get()
    assert (account.mode, account.methods) == ("live", ["wallet"])


def test_a_second_account_is_not_the_default_one(shop):
    config = {"merchant": "m", "api_key": "k"}
    first, second = (
        merchants.create_provider_account(project=shop, provider="keyed", mode="test", name=name, config=config)
        for name in ("one", "two")
    )
    assert (first.is_default, second.is_default) == (True, False)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--set", "api_key=k", "--set", "merchant=m"], "api_key is a secret: use --set-from-env"),
        (["--set", "merchant=m"], r"Keyed needs: api_key \(The key\)"),
        (["--set", "colour=red"], "has no setting colour; it has: merchant, api_key, region"),
        (["--set", "merchant"], "takes NAME=VALUE"),
        (["--set-from-env", "api_key=NOT_SET_ANYWHERE"], "the variable NOT_SET_ANYWHERE is not set"),
        (["--config-file", "/nonexistent.json"], "No such file"),
        (["--method", "pigeon"], "has no method pigeon; it has credit-cards, wallet"),
    ],
)
def test_an_account_that_cannot_work_is_refused(shop, args, says, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match=says):
        run("create_provider_account", "shop", "keyed", "--mode", "test", *args)
    assert not ProviderAccount.objects.exists()


@pytest.mark.parametrize("text", ["no json", "[]", '{"merchant": 7}'])
def test_a_file_that_holds_no_settings_is_refused(shop, tmp_path, text):
    file = tmp_path / "keyed.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="config-file"):
        run("create_provider_account", "shop", "keyed", "--mode", "test", "--config-file", str(file))


def test_an_unknown_provider_names_the_known_ones(shop):
    with pytest.raises(CommandError, match="there are: keyed"):
        run("create_provider_account", "shop", "nobody", "--mode", "test")


def test_a_taken_name_and_a_second_default_are_told_apart(shop):
    config = {"merchant": "m", "api_key": "k"}
    make = {"project": shop, "provider": "keyed", "mode": "test", "config": config}
    merchants.create_provider_account(**make, name="main")
    with pytest.raises(merchants.Conflict, match="account 'main' at keyed already"):
        merchants.create_provider_account(**make, name="main")
    with pytest.raises(merchants.Conflict, match="a default test account"):
        merchants.create_provider_account(**make, name="other", is_default=True)
    assert ProviderAccount.objects.count() == 1
