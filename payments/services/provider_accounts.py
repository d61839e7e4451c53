"""Make and change provider accounts. Credentials are only ever written: no answer, error or audit row holds one."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from paymenthub.kernel import clock, db
from paymenthub.kernel.crypto import SealBroken
from paymenthub.kernel.errors import Conflict, InvalidField
from payments import locks
from payments.domain import addresses
from payments.models import AccountStanding, AuditAction, Project, ProviderAccount
from payments.selectors import accounts
from payments.selectors.configured import Version, version_of
from providers.port import Driver

from .configuring import note, refuse_if_changed
from .install_machine import By
from .merchants import check_methods, check_name, complete_config, create_provider_account, driver_of

_LONGEST_SETTING = 4096
_LONGEST_ID = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountGiven:
    """What an account is to be. `config`: settings that change, by name; `cleared`: settings that are taken away.

    `overlap`: how long notifications are still taken under the settings before, where any of them changes.
    """

    name: str
    methods: Sequence[str]
    standing: str = AccountStanding.ACTIVE
    is_default: bool
    external_id: str = ""
    config: Mapping[str, str] = field(default_factory=dict, repr=False)
    cleared: Collection[str] = ()
    overlap: dt.timedelta = dt.timedelta(0)


def make_account(*, project: Project, provider: str, mode: str, given: AccountGiven, by: By) -> ProviderAccount:
    """Make an account; as the default one it takes the place of the present default.

    Raises InvalidField, never naming a value, NotFound for an unknown provider, or Conflict where the name is taken.
    """
    driver = driver_of(provider)
    _check(driver, given)
    with db.durable():
        owner = locks.project(project.id)
        before = _undefault(owner, provider, mode) if given.is_default else None
        account = create_provider_account(
            project=owner,
            provider=provider,
            mode=mode,
            name=given.name,
            config=given.config,
            methods=given.methods,
            external_id=given.external_id,
            is_default=given.is_default,
        )
        note(
            account, AuditAction.PROVIDER_ACCOUNT, by,
            f"The {mode} account {account.name} at {driver.display_name} was made.{_instead(before)}",
        )  # fmt: skip
    return account


def change_account(*, account: ProviderAccount, given: AccountGiven, by: By, seen: Version | None) -> ProviderAccount:
    """Change an account. The settings before are kept: what was verified under them may still wait to be read.

    Raises InvalidField, never naming a value, or Conflict where the name is taken, where the project, mode and provider
    would be left without a default account, or where somebody changed it since.
    """
    driver = driver_of(account.provider)
    _check(driver, given)
    with db.durable():
        owner = locks.project(account.project_id)
        row = ProviderAccount.objects.select_related("project").get(pk=account.pk)
        refuse_if_changed(row, seen)
        before = version_of(row).told
        if row.is_default and not given.is_default:
            raise Conflict(_("Make another account the default one instead."), param="is_default")
        other = _undefault(owner, row.provider, row.mode) if given.is_default and not row.is_default else None
        changed = _replace(row, driver, given)
        row.name, row.methods, row.external_id = given.name, list(given.methods), given.external_id
        row.standing, row.is_default = given.standing, given.is_default
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise Conflict(_("There is an account %(name)s already.") % {"name": given.name}, param="name") from None
        told = f" Settings changed: {', '.join(changed)}." if changed else ""
        note(
            row, AuditAction.PROVIDER_ACCOUNT, by, f"The account {row.name} was changed.{told}{_instead(other)}",
            before=before,
        )  # fmt: skip
    return row


def replace_config(
    *, account: ProviderAccount, config: Mapping[str, str], overlap: dt.timedelta = dt.timedelta(0)
) -> None:
    """Replace an account's settings and credentials as a whole. Raises InvalidField, never naming a value."""
    _seal(account, complete_config(driver_of(account.provider), config), overlap)
    account.save(
        update_fields=["config_sealed", "previous_config_sealed", "previous_config_until", "config_changed_at"]
    )


def _check(driver: Driver, given: AccountGiven) -> None:
    check_name(given.name)
    check_methods(driver, given.methods)
    if not given.methods:
        raise InvalidField(_("Choose one method at least."), param="methods")
    if given.standing not in AccountStanding.values:
        raise InvalidField(f"The standing is one of: {', '.join(AccountStanding.values)}.", param="standing")
    if len(given.external_id) > _LONGEST_ID or not given.external_id.isprintable():
        raise InvalidField(
            _("An id has at most %(most)s printable characters.") % {"most": _LONGEST_ID}, param="external_id"
        )
    for name, value in given.config.items():
        if len(value) > _LONGEST_SETTING or not value.isprintable():
            raise InvalidField(
                _("A setting has at most %(most)s printable characters.") % {"most": _LONGEST_SETTING}, param=name
            )
        wrong = addresses.problem(value) if name.endswith("_url") and value else ""
        if wrong:
            raise InvalidField(wrong, param=name)


def _replace(row: ProviderAccount, driver: Driver, given: AccountGiven) -> list[str]:
    """Seal the changed settings into a row that the caller saves; return the names of those that changed."""
    try:
        now = dict(accounts.opened(row).config)
    except SealBroken:  # sealed under a key that is gone: everything is given anew
        now, row.config_sealed = {}, ""
    wanted = {name: value for name, value in {**now, **given.config}.items() if name not in given.cleared}
    known = {each.name for each in driver.config_fields}
    complete = complete_config(driver, {name: value for name, value in wanted.items() if name in known})
    changed = sorted(name for name in {*now, *complete} if (now.get(name) or "") != (complete.get(name) or ""))
    _refuse_to_send_elsewhere(driver, now, complete, given)
    if changed:
        _seal(row, complete, given.overlap)
    return changed


def _refuse_to_send_elsewhere(
    driver: Driver, now: Mapping[str, str], complete: Mapping[str, str], given: AccountGiven
) -> None:
    """Refuse a new address of the provider for credentials that stay: who may only write them could have them sent there."""
    places = [each for each in driver.config_fields if each.name.endswith("_url") and not each.secret]
    if all((now.get(each.name) or each.default) == (complete.get(each.name) or each.default) for each in places):
        return
    for each in driver.config_fields:
        if each.secret and now.get(each.name) and complete.get(each.name) and not given.config.get(each.name):
            raise InvalidField(_("With another address of the provider, give every credential anew."), param=each.name)


def _seal(account: ProviderAccount, config: dict[str, str], overlap: dt.timedelta) -> None:
    now = clock.now()
    account.previous_config_sealed = account.config_sealed
    account.previous_config_until = now + overlap
    account.config_sealed = accounts.seal_config(account, config)
    account.config_changed_at = now


def _undefault(project: Project, provider: str, mode: str) -> ProviderAccount | None:
    """Take the mark off the present default account, under the project's lock; return it."""
    old = ProviderAccount.objects.filter(project=project, provider=provider, mode=mode, is_default=True).first()
    if old is not None:
        old.is_default = False
        old.save(update_fields=["is_default"])
    return old


def _instead(other: ProviderAccount | None) -> str:
    return f" The default account was {other.name} before." if other is not None else ""
