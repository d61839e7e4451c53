"""Name every kind of fault that a run must see take effect."""

KILLED = ("web", "worker", "relay", "beat", "redis", "postgres", "psp")
"""Killed with SIGKILL and started again."""
PORT = "port"
"""Not killed: the PSP refuses connections for a while."""
TARGETS = (*KILLED, PORT)

_ANSWERS = (
    "delay",
    "no_answer_after_charge",
    "error_before_charge",
    "error_after_charge",
    "close_after_charge",
    "garbage_after_charge",
    "unknown_status",
)
_NOTICES = (
    "webhook_duplicate",
    "webhook_out_of_order",
    "webhook_forged",
    "webhook_wrong_amount",
    "webhook_never",
)
PSP: dict[str, tuple[str, ...]] = {
    "pay": (*_ANSWERS, "webhook_early", *_NOTICES, "pending_then_paid", "pending_then_declined"),
    "capture": (*_ANSWERS, "webhook_early"),
    "cancel": ("error_before_charge", "error_after_charge", "close_after_charge", "no_answer_after_charge"),
    "refund": (*_ANSWERS, "webhook_early", "refund_pending", "refund_fails", "refund_reversed"),
    "fetch": tuple(name for name in _ANSWERS if name != "error_after_charge"),
    "webhook": (*_NOTICES, "delay"),
}
"""What the sandbox PSP plays on demand, by the call that it spoils."""
PSP_KINDS = tuple((operation, name) for operation, names in PSP.items() for name in names)

RECEIVER = ("callback error_500", "callback no_answer")
"""What the order system's own server does to callbacks: refuses one, or takes one and answers nothing."""


def psp_kind(operation: str, name: str) -> str:
    """Return the table's name of a fault at the PSP."""
    return f"psp {operation} {name}"


def kill_kind(target: str) -> str:
    """Return the table's name of a kill."""
    return "psp refuses connections" if target == PORT else f"kill {target}"
