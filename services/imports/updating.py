"""What an import with `--update` does about rows that were imported before and differ from what is in the cell: it
makes the changes that the services allow, and says for each field whether it was changed."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec.structs import replace

from libs.rpc.client import CallFailed
from services.imports.changes import Change
from services.imports.notes import Fate, Note, Outcome
from services.imports.outage import PatientClient, passes
from services.imports.preparation import Prepared

UPDATED_ROWS = 10_000  # of one run; the rest is refused as without updates, and another run takes it

# What became of a message, and why.
Settle = Callable[[Prepared, Fate, tuple[Note, ...]], None]
# The lines of the report on a call that failed.
Refusals = Callable[[Prepared, CallFailed], tuple[Note, ...]]


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """A row that differs from what was imported under its external id. id: of that; changed: the paths that the service
    has changed already; differing: those that differ still."""

    id: str
    prepared: Prepared
    changed: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the row that differ still."""
        return tuple(dict.fromkeys(_root(path) for path in self.differing))


class Updater:
    """Collects the rows that differ while they are answered, and changes what they are about after that."""

    def __init__(
        self,
        cell: PatientClient,
        changes: Sequence[Change],
        *,
        settle: Settle,
        refusals: Refusals,
        rehearse: bool = False,
    ) -> None:
        """rehearse: settle each row at once by what can be known before its changes are made."""
        self._cell = cell
        self._changes = changes
        self._settle = settle
        self._refusals = refusals
        self._rehearse = rehearse
        self._found: list[Differing] = []

    def take(self, one: Differing) -> bool:
        """Whether the row is updated, and settled, now or later."""
        if not self._changes:
            self._settle_row(one.prepared, one.changed, one.fields, ())
        elif self._rehearse:
            self._foresee(one)
        elif len(self._found) >= UPDATED_ROWS:
            return False
        else:
            self._found.append(one)
        return True

    async def apply(self, settled: Callable[[], None]) -> None:
        """Update and settle every row that was taken; `settled` is called after each. CallFailed if the cell cannot be
        reached."""
        for one in self._found:
            await self._update(one)
            settled()
        self._found.clear()

    async def _update(self, one: Differing) -> None:
        changed: list[str] = []
        refused: list[Note] = []
        left = list(one.fields)
        for change in self._changes:
            asked = [name for name in left if name in change.fields]
            done, notes = await self._make(change, one, asked)
            changed += done
            refused += notes
            named = [*done, *(_root(field) for note in notes for field in note.field.split(", "))]
            left = [name for name in left if name not in named]
        self._settle_row(one.prepared, changed, left, refused)

    async def _make(self, change: Change, one: Differing, asked: list[str]) -> tuple[Sequence[str], list[Note]]:
        """The fields that were set, and why others were refused; a field that is wrong does not keep others from being
        set."""
        refused: list[Note] = []
        while asked:
            try:
                return await change.apply(self._cell, one.id, one.prepared.message, asked), refused
            except CallFailed as err:
                if passes(err) or err.code == "UNAUTHENTICATED":
                    raise
                found = self._refusals(one.prepared, err)
                wrong = {_root(note.field) for note in found} & set(asked)
                refused += [note if _root(note.field) in wrong else _of(note, asked) for note in found]
                if not wrong:
                    break
                asked = [name for name in asked if name not in wrong]
        return (), refused

    def _foresee(self, one: Differing) -> None:
        settable = [name for name in one.fields if any(name in change.fields for change in self._changes)]
        kept = [name for name in one.fields if name not in settable]
        what = "would be set to what the row says; whether the service allows that is known only when it is asked to"
        notes = [_note(one.prepared, Outcome.NOTICED, settable, "CANNOT_BE_KNOWN", what)] if settable else []
        self._settle_row(one.prepared, (), kept, (), notes)

    def _settle_row(
        self,
        prepared: Prepared,
        changed: Iterable[str],
        kept: Iterable[str],
        refused: Sequence[Note],
        notices: Sequence[Note] = (),
    ) -> None:
        """One line on the fields that were changed, one on those that cannot be, and those of the service."""
        set_now, cannot = list(changed), list(kept)
        notes = list(refused)
        if cannot:
            notes.append(_note(prepared, Outcome.REFUSED, cannot, "NOT_UPDATABLE", "cannot be set by an update"))
        fate = Fate.REFUSED if notes else Fate.CHANGED
        if set_now:
            notes.append(_note(prepared, Outcome.NOTICED, set_now, "CHANGED", "was set to what the row says"))
        self._settle(prepared, fate, (*notes, *notices))


def _root(path: str) -> str:
    """The field of the row with which a path begins."""
    return path.replace("[", ".").partition(".")[0]


def _of(note: Note, fields: list[str]) -> Note:
    """A refusal of a whole call, which is one of every field that the call was to set."""
    return replace(note, field=", ".join(fields), description=" ".join((note.field, note.description)).strip())


def _note(prepared: Prepared, outcome: Outcome, fields: list[str], reason: str, description: str) -> Note:
    file, line = prepared.origin
    return Note(
        outcome=outcome,
        file=file,
        line=line,
        external_id=prepared.external_id,
        field=", ".join(fields),
        reason=reason,
        description=description,
    )
