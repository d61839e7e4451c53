"""The web process sends its nudges to the broker of the settings."""

import os
import subprocess
import sys

from tests.architecture.sources import ROOT

PROGRAM = """
import paymenthub.wsgi
from payments.tasks.inbox import process_inbox
print(process_inbox.app.main, process_inbox.app.conf.broker_url)
"""


def test_tasks_of_the_web_process_belong_to_our_celery_app():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "paymenthub.settings.test",
        "REDIS_URL": "redis://127.0.0.1:1/7",
    }

    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.stdout.strip() == "paymenthub redis://127.0.0.1:1/7", done.stderr
