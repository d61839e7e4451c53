"""`python -m payments.domain.draw_machine MACHINE.json [PAGE.md | PICTURE.svg]`: draw a machine.

Without a second file its Mermaid text is printed; a page gets it between its marks, a picture is written whole.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from payments.domain.machine_diagram import diagram, with_diagrams
from payments.domain.machine_loading import MachineError, load
from payments.domain.machine_svg import NARROW, WIDE, draw


def main(arguments: Sequence[str]) -> int:
    """Print the diagram of a machine's file, or write it into a page or picture; one named `…-narrow.svg` is narrow."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m payments.domain.draw_machine MACHINE.json [PAGE.md | PICTURE.svg]\n")
        return 2
    try:
        machine = load(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    except (OSError, json.JSONDecodeError, MachineError) as error:
        sys.stderr.write(f"{arguments[0]} cannot be used; correct it and run this again:\n{error}\n")
        return 1
    if len(arguments) == 1:
        sys.stdout.write(diagram(machine, None))
        return 0
    page = Path(arguments[1])
    try:
        if page.suffix == ".svg":
            text = draw(machine, width=NARROW if page.stem.endswith("-narrow") else WIDE)
        else:
            text = with_diagrams(page.read_text(encoding="utf-8"), machine)
        page.write_text(text, encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        sys.stderr.write(f"{page} was not changed; correct it and run this again:\n{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
