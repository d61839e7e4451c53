"""`python -m django bench_merchant`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from paymenthub.kernel import ids
from payments.models import Mode, Scope
from payments.services import merchants


class Command(BaseCommand):
    """Make a project with a key, and its account at the instant provider; print their ids and the key."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them."""
        principal = merchants.create_principal(name=f"bench-{ids.new_uuid().hex}")
        project = merchants.create_project(principal=principal, name="shop", seal=lambda project: "")
        account = merchants.create_provider_account(
            project=project, provider="instant", mode=Mode.TEST, name="main", config={}
        )
        key = merchants.create_api_key(project=project, mode=Mode.TEST, scopes=[Scope.PAYMENTS], name="bench")
        self.stdout.write(json.dumps({"project": str(project.id), "account": str(account.id), "key": key.secret}))
