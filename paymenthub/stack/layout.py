"""Where the local stack keeps what it makes: all of it below VAR_DIR."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one VAR_DIR."""

    var_dir: Path

    @property
    def log_dir(self) -> Path:
        """Logs, one a process."""
        return self.var_dir / "log"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.var_dir / "stack.lock"

    @property
    def state(self) -> Path:
        """Who runs: the supervisor, its children, and whether the stack is ready."""
        return self.var_dir / "stack.json"

    @property
    def ports(self) -> Path:
        """The ports in use, taken again at the next start."""
        return self.var_dir / "ports.json"

    @property
    def demo(self) -> Path:
        """What `make demo` and the screen need: addresses and made-up credentials."""
        return self.var_dir / "demo.json"

    @property
    def encryption_keys(self) -> Path:
        """Keys that encrypt credentials in the database."""
        return self.var_dir / "encryption.keys"

    @property
    def secret_key(self) -> Path:
        """Django's SECRET_KEY."""
        return self.var_dir / "secret.key"

    @property
    def sandbox(self) -> Path:
        """Credentials of the sandbox PSP."""
        return self.var_dir / "sandbox.json"

    @property
    def metrics_dir(self) -> Path:
        """Counters of every process, added up by the one that is scraped."""
        return self.var_dir / "metrics"

    def pid_file(self, name: str) -> Path:
        """Return the file in which a process of Celery's says that it is up."""
        return self.var_dir / f"{name}.pid"

    def log(self, name: str) -> Path:
        """Return the log of one process."""
        return self.log_dir / f"{name}.log"
