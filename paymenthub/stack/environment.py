"""The environment of the local stack's processes. Secrets go here or into files: arguments are shown by `ps`."""

import json
import os
import secrets
from collections.abc import Mapping

from paymenthub.embedded import Servers
from paymenthub.kernel.crypto import load_or_create_keys
from paymenthub.setup.files import read_json, secret_file, write_private

from .layout import Layout
from .ports import Ports

# Every mail goes to the catcher, which sends none on.
_MAILS = {
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_USE_TLS": "false",
    "EMAIL_FROM": "Demo Shop <shop@example.test>",
    "MAIL_STAFF_TO": "staff@example.test",
}


def local_environment(layout: Layout, servers: Servers, ports: Ports | None) -> dict[str, str]:
    """Return the variables of the hub's processes; what the caller's environment says already stands."""
    secret_file(layout.secret_key)
    load_or_create_keys(layout.encryption_keys)
    ours = {
        "DJANGO_SETTINGS_MODULE": "paymenthub.settings.local",
        "SECRET_KEY_FILE": str(layout.secret_key),
        "HUB_ENCRYPTION_KEYS_FILE": str(layout.encryption_keys),
        "PROMETHEUS_MULTIPROC_DIR": str(layout.metrics_dir),
        "PYTHONUNBUFFERED": "1",
        **servers.environment(),
    }
    if ports:
        ours["HUB_PUBLIC_URL"] = f"http://127.0.0.1:{ports.web}"
        ours |= sandbox_environment(layout, ports)
        if ports.smtp and not os.environ.get("EMAIL_HOST"):
            ours |= _MAILS | {"EMAIL_PORT": str(ports.smtp)}
    given = {name: value for name, value in os.environ.items() if value}
    return {**ours, **given, "VAR_DIR": str(layout.var_dir)}


def sandbox_environment(layout: Layout, ports: Ports) -> Mapping[str, str]:
    """Return address and credentials of the sandbox PSP, made at random the first time."""
    known = read_json(layout.sandbox)
    if not known:
        known = {"apiKey": f"sk_{secrets.token_urlsafe(24)}", "webhookSecret": f"whsec_{secrets.token_urlsafe(24)}"}
        write_private(layout.sandbox, json.dumps(known) + "\n")
    return {
        "SANDBOX_PSP_URL": f"http://127.0.0.1:{ports.psp}",
        "SANDBOX_PSP_CONTROL_URL": f"http://127.0.0.1:{ports.psp_control}",
        "SANDBOX_PSP_ACCOUNT": "acct_local",
        "SANDBOX_PSP_API_KEY": str(known["apiKey"]),
        "SANDBOX_PSP_WEBHOOK_SECRET": str(known["webhookSecret"]),
        "SANDBOX_PSP_WEBHOOK_URL": f"http://127.0.0.1:{ports.web}/sandbox/callback",
    }
