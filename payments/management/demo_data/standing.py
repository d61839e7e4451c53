"""What stands before the first demo payment: a company, its shops, their accounts, endpoints and links."""

import random
import uuid
from dataclasses import dataclass
from typing import Final

from paymenthub.kernel import ids
from payments.models import PaymentLink, Principal, Project, ProviderAccount, WebhookEndpoint
from payments.outbound.secrets import seal_secrets
from payments.outbound.sign import new_secret
from payments.selectors import accounts
from payments.services import merchants

from . import words

LINKS_OF_A_SHOP: Final = 12


@dataclass(slots=True)
class Link:
    """A link and how many payments were begun with it."""

    row: PaymentLink
    started: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """One shop in one mode, as rows of it need to know it; ids are their 32 hex digits."""

    shop: words.Shop
    project_id: str
    mode: str
    accounts: dict[str, str]
    endpoint: str
    links: list[Link]


def make_places(dice: random.Random, number: int) -> list[tuple[Place, int]]:
    """Make what is missing, and the links of the run with this number; return each place with its share.

    Random tokens and secrets come from the system as ever: no seed tells them.
    """
    principal = Principal.objects.filter(name=words.PRINCIPAL).first()
    if principal is None:
        principal = merchants.create_principal(name=words.PRINCIPAL)
    found = []
    for shop in words.SHOPS:
        project = Project.objects.filter(principal=principal, name=shop.name).first()
        if project is None:
            project = merchants.create_project(
                principal=principal,
                name=shop.name,
                timezone=shop.timezone,
                seal=lambda project: seal_secrets(project, [new_secret()]),
            )
        for mode, share in words.MODES:
            place = Place(
                shop=shop,
                project_id=project.id.hex,
                mode=mode,
                accounts={provider: _account(project, mode, provider).hex for provider in words.PROVIDERS},
                endpoint=_endpoint(project, mode).hex if shop.endpoint else "",
                links=_links(dice, project, shop, mode, number),
            )
            found.append((place, shop.share * share))
    return found


def _account(project: Project, mode: str, provider: str) -> uuid.UUID:
    found = ProviderAccount.objects.filter(project=project, mode=mode, provider=provider).first()
    if found is None:
        # Not by the service: it refuses providers that have no driver here.
        found = ProviderAccount(project=project, mode=mode, provider=provider, name="demo")
        found.methods = list(words.PROVIDERS[provider][1])
        key = "secret_key" if provider == "stripe" else "api_key"
        config = {"base_url": words.NOWHERE, key: "demo", "webhook_secret": ids.random_token()}
        found.config_sealed = accounts.seal_config(found, config)
        found.save(force_insert=True)
    return found.id


def _endpoint(project: Project, mode: str) -> uuid.UUID:
    found = WebhookEndpoint.objects.filter(project=project, mode=mode).first()
    if found is None:
        # Switched off: what staff sends again by hand waits, and reaches nobody.
        found = WebhookEndpoint(project=project, mode=mode, url=f"{words.NOWHERE}/callbacks", enabled=False)
        found.secrets_sealed = seal_secrets(found, [new_secret()])
        found.save(force_insert=True)
    return found.id


def _links(dice: random.Random, project: Project, shop: words.Shop, mode: str, number: int) -> list[Link]:
    currency = shop.currencies[0][0]
    rows = []
    for index in range(LINKS_OF_A_SHOP):
        amount = round(shop.basket * dice.uniform(0.4, 2) * words.PER_EURO_CENT[currency])
        rows.append(
            PaymentLink(
                project=project,
                mode=mode,
                code=ids.random_token(),
                shop_transaction_id=f"link-{number}-{index + 1}",
                amount=amount,
                currency=currency,
                description=f"{dice.choice(words.THINGS)} {index + 1}",
            )
        )
    return [Link(row) for row in PaymentLink.objects.bulk_create(rows)]
