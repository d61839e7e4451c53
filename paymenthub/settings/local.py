"""Settings of `make up`: local folders, plain http, private callback targets allowed."""

from .base import *

HUB_ENVIRONMENT = "local"
DEBUG = False
CALLBACK_ALLOW_PRIVATE = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # files are found where they lie; the folder only has to be there
