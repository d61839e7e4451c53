#!/usr/bin/env python
"""Run Django's commands; where no DATABASE_URL is given, on the local stack that `make up` runs."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from paymenthub.embedded import running_servers
from paymenthub.stack.environment import local_environment
from paymenthub.stack.layout import ROOT, Layout
from paymenthub.stack.ports import read_ports


def main() -> None:
    """Fill the environment from the running stack, then hand over to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paymenthub.settings.local")
    if not os.environ.get("DATABASE_URL"):
        layout = Layout(Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve())
        servers = running_servers(layout.var_dir)
        if servers.database_url:
            os.environ.update(local_environment(layout, servers, read_ports(layout.ports)))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
