"""Settings of `make up`: local folders, plain http, private callback targets allowed."""

from .base import *

HUB_ENVIRONMENT = "local"
DEBUG = False
CALLBACK_ALLOW_PRIVATE = True
