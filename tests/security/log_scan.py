"""A pytest plugin that reads every log line of the run as production would write it, and fails the run on a secret.

A secret is what looks like one (keys, tokens, card numbers), or what this run has itself hashed as a key or sealed as a
credential. Only where it was found is reported, never the secret.
"""

import json
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from paymenthub.kernel import crypto
from paymenthub.kernel.cards import contains_card_number
from paymenthub.kernel.log import JsonFormatter

SHAPES = {
    "an API key": re.compile(r"\bphk_(?:test|live)_[A-Za-z0-9_\-]{6,}"),
    "a signing secret": re.compile(r"\bwhsec_[A-Za-z0-9+/=_\-]{6,}"),
    "a provider's key": re.compile(r"\b[srp]k_(?:test_|live_)?[A-Za-z0-9_\-]{6,}"),
    "a bearer token": re.compile(r"\bBearer\s+[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE),
    "basic credentials": re.compile(r"\bBasic\s+[A-Za-z0-9+/]{8,}={0,2}(?![A-Za-z0-9])"),
    "a JWT": re.compile(r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+\."),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/@\"']*:[^\s/@\"'*]+@", re.IGNORECASE),
}
_WORD = re.compile(r"[A-Za-z0-9+/=_.\-]{16,}")
_SHORTEST = 16


class KnownSecrets:
    """What this run has treated as a secret."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._found: set[str] = set()

    def add(self, value: Any) -> None:
        """Remember a text, or those inside a JSON value, that are long enough to be recognised and no address."""
        for text in _texts(value):
            if len(text) >= _SHORTEST and _WORD.fullmatch(text) and len(set(text)) > 4:
                with self._guard:
                    self._found.add(text)

    def is_in(self, line: str) -> bool:
        """Tell whether one of them stands in a line as a word of its own."""
        return any(word.strip(".") in self._found for word in _WORD.findall(line))


def what_is_in(line: str, known: KnownSecrets) -> list[str]:
    """Name the kinds of secrets in a line."""
    found = [kind for kind, shape in SHAPES.items() if shape.search(line)]
    if contains_card_number(line):
        found.append("a card number")
    if known.is_in(line):
        found.append("a secret of this run")
    return found


def scan_files(files: Iterable[Path], *secrets: str) -> list[str]:
    """Name the lines of log files that hold a secret, those given among them: for processes of their own."""
    known = KnownSecrets()
    for secret in secrets:
        known.add(secret)
    return [
        f"{file.name}:{number}: {', '.join(kinds)}"
        for file in files
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1)
        if (kinds := what_is_in(line, known))
    ]


class LogScan(logging.Handler):
    """Reads every record, and remembers where a secret was."""

    def __init__(self, known: KnownSecrets) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(JsonFormatter())
        self.known = known
        self.lines = 0
        self.findings: dict[str, int] = {}
        self._test = "before the first test"

    def emit(self, record: logging.LogRecord) -> None:
        """Format the record as production does, and look at the line."""
        line = self.format(record)
        self.lines += 1
        for kind in what_is_in(line, self.known):
            place = f"{self._test}: {kind} in a line of {record.name} ({record.pathname}:{record.lineno})"
            self.findings[place] = self.findings.get(place, 0) + 1

    def listen(self) -> None:
        """Hear every logger, also after the logging was configured anew."""
        silent = [each for each in logging.Logger.manager.loggerDict.values() if isinstance(each, logging.Logger)]
        for logger in (logging.getLogger(), *(each for each in silent if not each.propagate)):
            if self not in logger.handlers:
                logger.addHandler(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note whose lines come now."""
        self._test = item.nodeid
        self.listen()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn a run that would have passed into a failed one; a worker of pytest-xdist hands on what it found."""
        told = getattr(session.config, "workeroutput", None)
        if told is not None:
            told["log_lines"], told["log_findings"] = self.lines, self.findings
        if self.findings and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker found."""
        told = getattr(node, "workeroutput", {})
        self.lines += told.get("log_lines", 0)
        for place, times in told.get("log_findings", {}).items():
            self.findings[place] = self.findings.get(place, 0) + times

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was found."""
        if self.findings:
            terminalreporter.section("secrets in logs")
            for place, times in sorted(self.findings.items()):
                terminalreporter.write_line(f"{place}, {times} times", red=True)
        terminalreporter.write_line(f"{self.lines} log lines read for secrets, {len(self.findings)} findings.")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Learn what the product treats as a secret, before anything imports the functions that do so."""
    original_hash, original_seal = crypto.hash_secret, crypto.KeyRing.seal

    def hash_secret(secret: str) -> str:
        known.add(secret)
        return original_hash(secret)

    def seal(self: crypto.KeyRing, plaintext: bytes, *, context: bytes) -> str:
        # A notification is sealed as a whole: it holds ids of ours, which logs name on purpose, beside what is secret.
        if not context.startswith(b"notification:"):
            known.add(_readable(plaintext))
        return original_seal(self, plaintext, context=context)

    crypto.hash_secret = hash_secret
    crypto.KeyRing.seal = seal  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to listen."""
    scan = LogScan(known)
    scan.listen()
    config.pluginmanager.register(scan, "log-scan")


def _readable(plaintext: bytes) -> Any:
    try:
        return json.loads(plaintext)
    except ValueError:
        return plaintext.decode(errors="replace")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


known = KnownSecrets()
