"""Django REST framework and its OpenAPI document."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["payments.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["payments.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["payments.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["payments.api.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "payments.api.schema.HubAutoSchema",
    "EXCEPTION_HANDLER": "payments.api.exceptions.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # a query parameter named format is the caller's own
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PaymentHub API",
    "DESCRIPTION": "One interface between an order system and many payment providers. Amounts are integers in minor units.",
    "VERSION": "3.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX_INSERT": "",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "PaymentStatusEnum": ["ACCEPTED", "FAILED", "PENDING"],
        "SubscriptionStatusEnum": ["PENDING", "ACTIVE", "PAST_DUE", "EXPIRED", "CANCELED", "UNKNOWN"],
        "RunByEnum": ["provider", "hub", "shop"],
        "LaterPaymentsByEnum": ["shop", "hub"],
    },
    "SORT_OPERATIONS": True,
}
