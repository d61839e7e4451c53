"""How long invoices take to become PDFs: python -m bench.invoice_pdfs [--documents N].

One process, one document after the other, as in one worker. Needs no database.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version

import django

from .machine import describe


@dataclass(frozen=True)
class Taken:
    """Seconds on the clock and of processor time."""

    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Taken:
    """Do the work once."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200, help="documents of the long row (default 200)")
    count = parser.parse_args().documents
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    django.setup()
    print("\n".join([*describe(), f"pdf          weasyprint {version('weasyprint')}", ""]))

    samples = import_module("tests.invoices.pdf.samples")
    render = import_module("invoices.pdf.render").render
    lines = [samples.make_line(number, description=f"Article {number}") for number in range(1, 501)]
    invoice = samples.unpaid(samples.make_document(lines[:5]))
    long = samples.make_document(lines)

    row("first document: WeasyPrint, fonts, style sheet, template", timed(lambda: render(invoice)))
    row("second document", timed(lambda: render(invoice)))
    memory = [_memory()]
    rows = []
    for _ in range(4):
        rows += [timed(lambda: render(invoice)) for _ in range(count // 4)]
        memory.append(_memory())
    row(f"invoice of 5 lines, mean of {len(rows)}", _mean(rows))
    row("  the second half of them", _mean(rows[len(rows) // 2 :]))
    print(f"  memory, before and after each quarter: {', '.join(f'{used:.0f}' for used in memory)} MiB")
    row("invoice of 500 lines", timed(lambda: render(long)))
    row(
        "the same without reuse: fonts and style sheet anew",
        _mean([timed(lambda: _cold(render, invoice)) for _ in range(5)]),
    )
    row("empty page, WeasyPrint alone, PDF/A-3, no fonts of ours", _mean([timed(_empty_page) for _ in range(20)]))


def row(name: str, taken: Taken) -> None:
    """Print one row."""
    clock = f"{taken.wall * 1000:8.0f} ms {1 / taken.wall:7.2f} /s"
    print(f"{name:58} {clock}   CPU {taken.cpu * 1000:8.0f} ms {1 / taken.cpu:7.2f} /s")


def _mean(taken: list[Taken]) -> Taken:
    return Taken(sum(one.wall for one in taken) / len(taken), sum(one.cpu for one in taken) / len(taken))


def _memory() -> float:
    # What is in use now and not the most there ever was, where the system tells.
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cold(render: Callable[..., object], document: object) -> None:
    import_module("invoices.pdf.render")._engine.cache_clear()
    import_module("invoices.pdf.templates")._load.cache_clear()
    render(document)


def _empty_page() -> None:
    weasyprint = import_module("weasyprint")
    weasyprint.HTML(string="<title>x</title>").write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)


if __name__ == "__main__":
    main()
