"""Principals, projects, API keys and provider accounts: who may use the hub, and with which credentials."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from paymenthub.kernel import clock, ids
from paymenthub.kernel.crypto import hash_secret
from paymenthub.kernel.errors import Conflict, InvalidField, NotFound
from payments.domain import addresses
from payments.models import ApiKey, Mode, Principal, Project, ProviderAccount, Scope, Standing
from payments.selectors import accounts, api_keys
from providers import registry
from providers.port import Driver

_LONGEST_NAME = 64
_LONGEST_URL = 2000
_SHOWN = 13  # `phk_test_` and four characters
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made; `secret` is to be had here only."""

    key: ApiKey
    secret: str


def create_principal(*, name: str) -> Principal:
    """Make a principal. Raises InvalidField, or Conflict where the name is taken."""
    check_name(name)
    try:
        with transaction.atomic():
            return Principal.objects.create(name=name)
    except IntegrityError:
        raise Conflict(f"There is a principal {name!r} already.", param="name") from None


def create_project(
    *, principal: Principal, name: str, seal: Callable[[Project], str], callback_url: str = "", timezone: str = "UTC"
) -> Project:
    """Make a project. `seal` returns its callback secrets, sealed for its row.

    Raises InvalidField, or Conflict where the principal has a project of that name.
    """
    check_name(name)
    check_callback_url(callback_url)
    check_timezone(timezone)
    project = Project(principal=principal, name=name, callback_url=callback_url, timezone=timezone)
    project.callback_secrets_sealed = seal(project)
    try:
        with transaction.atomic():
            project.save(force_insert=True)
    except IntegrityError:
        raise Conflict(f"{principal.name} has a project {name!r} already.", param="name") from None
    return project


def create_api_key(
    *,
    project: Project,
    mode: str,
    scopes: Iterable[str],
    name: str = "",
    expires_at: dt.datetime | None = None,
    key_id: uuid.UUID | None = None,
) -> NewKey:
    """Make a key; only its hash is kept. Raises InvalidField."""
    scopes = sorted(set(scopes))
    unknown = [scope for scope in scopes if scope not in Scope.values]
    if unknown or not scopes:
        raise InvalidField(f"Scopes are: {', '.join(Scope.values)}.", param="scope")
    check_mode(mode)
    if expires_at is not None and expires_at <= clock.now():
        raise InvalidField("The key would have expired already.", param="expires")
    check_name(name or "key")
    secret = api_keys.prefix(mode) + ids.random_token(_KEY_BYTES)
    key = ApiKey.objects.create(
        id=key_id or ids.new_uuid(),
        project=project,
        mode=mode,
        name=name or f"{mode} key",
        shown=secret[:_SHOWN],
        secret_hash=hash_secret(secret),
        scopes=scopes,
        expires_at=expires_at,
    )
    return NewKey(key, secret)


def revoke_api_key(*, key: ApiKey) -> None:
    """End a key: at once in this process, within API_KEY_CACHE_SECONDS in others. Revoking twice changes nothing."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now())
    api_keys.forget()


def create_provider_account(
    *,
    project: Project,
    provider: str,
    mode: str,
    name: str,
    config: Mapping[str, str],
    methods: Iterable[str] = (),
    external_id: str = "",
    is_default: bool | None = None,
) -> ProviderAccount:
    """Make an account with sealed credentials; `methods` empty means all that the driver has.

    The first account of a project, mode and provider becomes the default one unless said otherwise. Raises InvalidField,
    NotFound for an unknown provider, or Conflict where the name is taken or there is a default account already.
    """
    check_mode(mode)
    check_name(name)
    driver = driver_of(provider)
    offered = list(dict.fromkeys(methods)) or list(driver.methods)
    check_methods(driver, offered)
    if is_default is None:
        is_default = not ProviderAccount.objects.filter(
            project=project, mode=mode, provider=provider, is_default=True
        ).exists()
    account = ProviderAccount(
        project=project,
        mode=mode,
        provider=provider,
        name=name,
        methods=offered,
        external_id=external_id,
        is_default=is_default,
    )
    account.config_sealed = accounts.seal_config(account, complete_config(driver, config))
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_why(error, account), param="name") from None
    return account


def driver_of(provider: str) -> Driver:
    """Return a provider's driver. Raises NotFound that lists those there are."""
    if not registry.is_enabled(provider):
        known = sorted(driver.code for driver in registry.all_drivers() if registry.is_enabled(driver.code))
        raise NotFound(f"There is no provider {provider!r}; there are: {', '.join(known)}.", param="provider")
    return registry.get(provider)


def complete_config(driver: Driver, config: Mapping[str, str]) -> dict[str, str]:
    """Check an account's settings against the driver's and fill defaults in. Raises InvalidField, never naming a value."""
    fields = {field.name: field for field in driver.config_fields}
    strange = sorted(set(config) - set(fields))
    if strange:
        known = ", ".join(fields) or "none"
        raise InvalidField(
            f"{driver.display_name} has no setting {', '.join(strange)}; it has: {known}.", param=strange[0]
        )
    complete = {name: config.get(name) or field.default for name, field in fields.items()}
    missing = [
        f"{name} ({fields[name].help})" for name, value in complete.items() if fields[name].required and not value
    ]
    if missing:
        raise InvalidField(f"{driver.display_name} needs: {'; '.join(missing)}.", param=missing[0].split(" ")[0])
    return complete


def check_methods(driver: Driver, methods: Iterable[str]) -> None:
    """Raise InvalidField for a method that the driver does not have."""
    strange = [method for method in methods if method not in driver.methods]
    if strange:
        raise InvalidField(
            f"{driver.display_name} has no method {', '.join(strange)}; it has {', '.join(driver.methods)}.",
            param="method",
        )


def webhook_url(account: ProviderAccount) -> str:
    """Return where the provider must send this account's notifications."""
    return f"{settings.HUB_PUBLIC_URL}/c/{account.webhook_token}"


def _why(error: IntegrityError, account: ProviderAccount) -> str:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint == "provider_account_one_default":
        return (
            f"There is a default {account.mode} account at {account.provider} already; make this one without default."
        )
    return f"There is a {account.mode} account {account.name!r} at {account.provider} already."


def check_name(name: str) -> None:
    """Raise InvalidField for what is no name."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidField(f"A name has 1 to {_LONGEST_NAME} printable characters.", param="name")


def check_callback_url(url: str) -> None:
    """Raise InvalidField for an address that callbacks cannot go to; none is the hub's own."""
    wrong = addresses.problem(url) if url else ""
    if wrong or len(url) > _LONGEST_URL:
        raise InvalidField(f"The callback URL: {wrong or 'it is too long.'}", param="callbackUrl")


def check_timezone(name: str) -> None:
    """Raise InvalidField for what is no time zone."""
    if name not in zoneinfo.available_timezones():
        raise InvalidField("The time zone is a name such as Europe/Rome.", param="timezone")


def check_standing(standing: str) -> None:
    """Raise InvalidField for what is no standing."""
    if standing not in Standing.values:
        raise InvalidField(f"The standing is one of: {', '.join(Standing.values)}.", param="standing")


def check_mode(mode: str) -> None:
    """Raise InvalidField for what is no mode."""
    if mode not in Mode.values:
        raise InvalidField("The mode is test or live.", param="mode")
