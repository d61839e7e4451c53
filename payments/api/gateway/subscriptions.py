"""POST /{provider}/{method}/subscription/schedule, start and pay."""

from typing import ClassVar

from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response
