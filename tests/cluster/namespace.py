"""A network namespace of its own for everything that a cluster starts, and processes in it that end with the tests."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from libs.clock import monotonic

ROOT = Path(__file__).parents[2]
STOP_SECONDS = 20
READY_SECONDS = 30
# A process ends with the thread that started it, whatever ends that.
_BOUND = ("setpriv", "--pdeathsig", "KILL", "--")


class Namespace:
    """Where loopback is up and nothing else can be reached. What is mounted inside ends with it."""

    def __init__(self, holder: int) -> None:
        self._holder = holder

    def command(self, *words: str) -> list[str]:
        """The command that runs these words inside. Not `ip netns exec`, which hides the control groups."""
        return ["nsenter", f"--target={self._holder}", "--net", "--mount", f"--wdns={ROOT}", "--", *words]

    def run(self, *words: str) -> None:
        """Run a command inside. AssertionError if it fails."""
        done = subprocess.run(self.command(*words), check=False, capture_output=True, text=True, timeout=READY_SECONDS)
        assert done.returncode == 0, done.stderr

    @contextmanager
    def process(
        self, log: Path, words: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process inside until the end of the block; what it prints goes to the log."""
        with log.open("ab") as out:
            started = subprocess.Popen(
                [*_BOUND, *self.command(*words)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        try:
            yield started
        finally:
            _end(started)


@contextmanager
def network_namespace() -> Iterator[Namespace]:
    """A new namespace. It needs root, `unshare`, `nsenter`, `setpriv` and `ip`."""
    held = "ip link set lo up && echo up && exec sleep infinity"
    holder = subprocess.Popen(
        [*_BOUND, "unshare", "--net", "--mount", "--", "sh", "-c", held],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        began = monotonic()
        assert holder.stdout.readline() == b"up\n", "no network namespace can be made here"
        assert monotonic() - began < READY_SECONDS
        yield Namespace(holder.pid)
    finally:
        _end(holder)
        if holder.stdout:
            holder.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
