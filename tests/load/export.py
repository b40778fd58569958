"""The row about a person's package: its rows a second beside a bare stream of as many bytes.

A package has every row several times (JSON Lines, CSV, twice in the page for the person), comes out of encrypted
objects, and is hashed and signed. So the bare stream decrypts the same rows, sends them so often that it has the bytes
of the package, and hashes and signs them (bare.py). What is left between the two is PRM's own work: to sign the
manifest and to record the download. The first download also has the last search, the decryption and the rendering; the
notes say how long it took.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from statistics import median

from libs.clock import monotonic
from libs.pb.prm.compliance import v1 as pb
from libs.rpc.client import Client
from services.demo.scenario import SERVICES
from tests.load.bare import BareRows
from tests.load.pairs import Pace
from tests.load.process import cpu_seconds, under_load
from tests.load.report import Row, row
from tests.load.subject import COMPLIANCE, ask, name_the_person
from tests.tokens import token

NAMED = 2_000  # registrations that name the person
BARE_STREAMS = 5  # of a slice; one takes tens of milliseconds


async def export_rows(folder: Path, pace: Pace) -> AsyncIterator[Row]:
    """The package of somebody whom two thousand registrations name, taken again and again."""
    async with under_load(folder, *SERVICES) as (ready, process), Client(ready.address, token=token(folder)) as client:
        await name_the_person(ready, NAMED)
        request = pb.ExportRequestRequest(id=await ask(client, pb.REQUEST_TYPE_ACCESS))
        begun = monotonic()
        lines, package_bytes = await _rows_of(client, request)
        first_seconds = monotonic() - begun
        times = round(package_bytes / sum(map(len, lines)))
        async with BareRows(ready.echo, lines, times) as bare:
            ours = _Side(process.pid, lambda: _taken(client, request), streams=1)
            other = _Side(process.pid, bare.read, streams=BARE_STREAMS)
            for _ in range(pace.pairs + 1):
                await ours.measure()
                await other.measure()
    ratios = [theirs / mine for mine, theirs in zip(ours.seconds, other.seconds, strict=True)][1:]  # the first: warm-up
    count = len(lines)
    notes = "; ".join(
        [
            f"{count} rows, {package_bytes / 1_000_000:.1f} MB, {times} times the JSON of the rows",
            f"ours {count / median(ours.seconds):.0f} rows/s, {ours.cpu_us(count):.1f} us of server cpu a row",
            f"bare stream {count / median(other.seconds):.0f} rows/s, {other.cpu_us(count):.1f} us",
            f"the first download, with the last search and the rendering, {first_seconds:.2f} s",
            f"by server cpu {other.cpu_us(count) / ours.cpu_us(count):.3f}",
        ]
    )
    yield row("subject export, rows a second over a bare stream", ratios, must=0.5, aim=0.8, notes=notes)


class _Side:
    """One of the two streams. seconds, cpu: of a stream, of the client and of the process `pid`, for each slice."""

    def __init__(self, pid: int, stream: Callable[[], AsyncIterator[object]], *, streams: int) -> None:
        self._pid, self._stream, self._streams = pid, stream, streams
        self.seconds: list[float] = []
        self._cpu: list[float] = []

    async def measure(self) -> None:
        """Read the stream so many times."""
        begun, used = monotonic(), cpu_seconds([self._pid])
        for _ in range(self._streams):
            async for _ in self._stream():
                pass
        self.seconds.append((monotonic() - begun) / self._streams)
        self._cpu.append((cpu_seconds([self._pid]) - used) / self._streams)

    def cpu_us(self, rows: int) -> float:
        """Microseconds of processor time a row; a slice is counted in ticks of 10 ms, so all are taken together."""
        return sum(self._cpu[1:]) / len(self._cpu[1:]) / rows * 1_000_000


async def _rows_of(client: Client, request: pb.ExportRequestRequest) -> tuple[list[bytes], int]:
    """The rows in a package, as its JSON Lines files have them, and the bytes of the whole package."""
    files: dict[str, bytes] = {}
    async for answer in client.stream(f"{COMPLIANCE}/ExportRequest", request):
        if answer.HasField("chunk"):
            files[answer.chunk.path] = files.get(answer.chunk.path, b"") + answer.chunk.data
    lines = [
        line
        for path, data in files.items()
        if path.startswith("data/") and path.endswith(".json") and not path.endswith(".schema.json")
        for line in data.splitlines()
    ]
    return lines, sum(map(len, files.values()))


async def _taken(client: Client, request: pb.ExportRequestRequest) -> AsyncIterator[object]:
    async for answer in client.stream(f"{COMPLIANCE}/ExportRequest", request):
        yield answer
