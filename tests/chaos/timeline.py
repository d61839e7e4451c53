"""Tell what happened to one order, from all sides, in the order of time."""

import datetime as dt

from .books import Books
from .journal import Journal
from .rows import Rows


def tell(order: str, rows: Rows, books: Books, journal: Journal) -> str:
    """Merge the order system's notes, the hub's rows, the PSP's books and the kills."""
    kills = [(at, "stack", text) for at, text in journal.notes["stack"]]
    told = [
        *((at, "order system", text) for at, text in journal.notes[order]),
        *((at, "hub", text) for at, text in rows.history(order)),
        *((at, "PSP", text) for at, text in books.history(order)),
    ]
    if not told:
        return "nothing is known of it"
    begin, end = min(at for at, _, _ in told), max(at for at, _, _ in told)
    told += [kill for kill in kills if begin - 5 <= kill[0] <= end + 5]
    return "\n".join(f"    {_clock(at)}  {who:<12}  {text}" for at, who, text in sorted(told))


def _clock(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%H:%M:%S.%f")[:-3]
