"""Who asks for an operation, as the services want to know it."""

from rest_framework.request import Request

from payments.idempotency import Claim
from payments.models import Source
from payments.services.ordering import By

from .views import caller, request_id


def asked_by(request: Request, claim: Claim | None = None) -> By:
    """Name the key as the actor and the request as the evidence."""
    return By(Source.API, f"request:{request_id(request)}", f"api_key:{caller(request).key_id.hex}", claim)
