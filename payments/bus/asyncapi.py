"""The AsyncAPI 3 document of the bus, made of the messages' schemas."""

from typing import Any

from .envelope import CONTENT_TYPE
from .schemas import INCOMING, OUTGOING, VERSION, schema

_IN = (
    "Messages name their project and mode by the extension attributes `hubproject` (`prj_…`) and `hubmode` (`test`, `live`),"
    " or by headers of the same names beside a bare body. The same `id` of the same `source` is taken once. What cannot be"
    " taken goes to the dead-letter queue with the reason."
)
_OUT = (
    "At least once, with the same `id` in every try; in order for each payment (`subject`, `partitionkey`), numbered by"
    " `sequence`. A repeated message may come after later ones: the `id` tells it."
)


def document() -> dict[str, Any]:
    """Return the document; it names the default addresses."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PaymentHub event bus",
            "version": VERSION,
            "description": "The messages of the EventCatalog Payment API as CloudEvents 1.0 (structured JSON)."
            " Amounts are integers in minor units.",
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "redis": {
                "host": "localhost:6379",
                "protocol": "redis",
                "description": "The default. The messages on the wire are kombu's; a topic exchange is kept as sets and lists.",
            },
            "rabbitmq": {"host": "localhost:5672", "protocol": "amqp", "description": "By EVENT_BUS_URL."},
        },
        "channels": {
            "events": {
                "address": "payments",
                "title": "Events of payments and refunds",
                "description": f"A topic exchange; the routing key is the message's name. {_OUT}",
                "messages": {name: _reference("messages", name) for name in OUTGOING},
            },
            "commands": {
                "address": "payments.commands",
                "title": "Commands, and news of orders",
                "description": f"A queue. {_IN}",
                "messages": {name: _reference("messages", name) for name in INCOMING},
            },
        },
        "operations": {
            "tellEvents": _operation("send", "events", "What became of payments and refunds.", OUTGOING),
            "takeCommands": _operation("receive", "commands", "What the hub takes in and follows.", INCOMING),
        },
        "components": {
            "messages": {name: _message(name) for name in (*OUTGOING, *INCOMING)},
            "schemas": {name: _draft_7(schema(name)) for name in (*OUTGOING, *INCOMING)},
        },
    }


def _operation(action: str, channel: str, summary: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _message(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": name,
        "summary": schema(name)["description"],
        "contentType": CONTENT_TYPE,
        "payload": _draft_7(_envelope(name)),
    }


def _envelope(name: str) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
    ours = name in OUTGOING
    attributes: dict[str, Any] = {
        "specversion": {"const": "1.0"},
        "id": {**text, "description": "Names the message, with its source; the same in every try."},
        "source": text,
        "type": {"const": name},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
        "hubproject": {**text, "description": "The project, `prj_…`."},
        "hubmode": {"enum": ["test", "live"]},
        "data": {"$ref": f"#/components/schemas/{name}/schema"},
    }
    if ours:
        attributes |= {
            "subject": {"type": "string", "format": "uuid", "description": "The payment's id."},
            "dataschema": {"const": f"urn:paymenthub:{name}:{VERSION}"},
            "partitionkey": {"type": "string", "description": "The payment's id: its messages are in order."},
            "sequence": {"type": "string", "pattern": "^[0-9]{10}$", "description": "Its number within the payment."},
        }
    required = [*attributes] if ours else ["specversion", "id", "source", "type", "data"]
    return {"type": "object", "properties": attributes, "required": required}


def _draft_7(found: dict[str, Any]) -> dict[str, Any]:
    return {"schemaFormat": "application/schema+json;version=draft-07", "schema": found}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
