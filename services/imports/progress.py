"""An import as a person follows it: a bar for each file while it runs, a table when it is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from libs.clock import monotonic
from services.imports.notes import Fate
from services.imports.report import Totals
from services.imports.run import Watch

REDRAW_SECONDS = 0.2
LINE_EVERY_SECONDS = 5.0
_COLUMNS = "{task.fields[said]}"


@contextmanager
def shown(console: Console, name: str, *, line_every_seconds: float = LINE_EVERY_SECONDS) -> Iterator[Watch]:
    """A line that moves while the import of `name` runs, or where there is no terminal a line now and then; gives what
    is to be told the totals."""
    if not console.is_terminal:
        yield _lines(console, name, line_every_seconds)
        return
    columns = (TextColumn("[bold]{task.description}"), BarColumn(), TextColumn(_COLUMNS), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        line = progress.add_task(name, total=None, said="")
        yield _watch(progress, line)


def _watch(progress: Progress, line: TaskID) -> Watch:
    drawn = 0.0

    def watch(totals: Totals) -> None:
        nonlocal drawn
        if (now := monotonic()) - drawn < REDRAW_SECONDS:
            return
        drawn = now
        progress.update(line, total=totals.rows_read, completed=totals.settled, said=said(totals))

    return watch


def _lines(console: Console, name: str, every_seconds: float) -> Watch:
    printed = monotonic()

    def watch(totals: Totals) -> None:
        nonlocal printed
        if (now := monotonic()) - printed >= every_seconds:
            printed = now
            console.print(f"{name}: {totals.settled:,} of {totals.rows_read:,} rows read so far, {said(totals)}")

    return watch


def said(totals: Totals) -> str:
    """The sums in a line: `1,200 rows/s, 40 created, 2 unchanged, 1 refused, 3 not yet`."""
    speed = totals.settled / totals.seconds if totals.seconds else 0.0
    return f"{speed:,.0f} rows/s, {_fates(totals)}"


def _fates(totals: Totals) -> str:
    counts = {fate: totals.messages[fate] for fate in Fate}
    counts[Fate.NOT_YET] += totals.waiting
    return ", ".join(
        f"{count:,} {fate.value.lower().replace('_', ' ')}"
        for fate, count in counts.items()
        if count or fate not in (Fate.ACCEPTED, Fate.CHANGED)
    )


def summary(console: Console, totals: Totals, *, sent: bool, asked: bool = False) -> None:
    """The sums of one mapping, then what was noticed and refused by reason. asked: whether the cell was asked what it
    would make of the messages, where they were not sent."""
    console.print(f"[bold]{totals.name}[/]: {totals.rows_read:,} rows read in {totals.seconds:.1f} s")
    would = f"{totals.messages[Fate.ACCEPTED]:,} would be sent, {totals.messages[Fate.REFUSED]:,} refused"
    if asked:  # what was accepted refers to what is not in the cell yet, or its RPC cannot be asked
        would = f"the cell would say {_fates(totals).replace(' accepted', ' not known')}"
    console.print(f"  messages: {_fates(totals) if sent else would}")
    for (field, currency), amount in sorted(totals.sums.found.items()):
        console.print(f"  sum of {field}: {amount.normalize():,f} {currency}")
    if totals.reasons:
        console.print(_reasons(totals))
    console.print(f"  {totals.account}", soft_wrap=True)


def _reasons(totals: Totals) -> Table:
    table = Table(box=None, pad_edge=True)
    table.add_column("outcome")
    table.add_column("reason")
    table.add_column("times", justify="right")
    for (outcome, reason), times in sorted(totals.reasons.items(), key=lambda row: (row[0][0].value, -row[1])):
        table.add_row(outcome.value, reason, f"{times:,}")
    return table
