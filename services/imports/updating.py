"""What an import with `--update` does about partners that were imported before and differ from their row: it sets the
fields that UpdatePartner lets a caller set, and says which it set and which it cannot."""

from collections.abc import Callable

import msgspec
from google.protobuf.field_mask_pb2 import FieldMask

from libs.pb.prm.partners import v1 as pb
from libs.rpc.client import CallFailed, Client
from libs.rpc.imports import row_hash
from services.imports.notes import Fate, Note, Outcome
from services.imports.preparation import Prepared

UPDATED_ROWS = 10_000  # of one run; the rest is refused as without updates, and another run takes it
UPDATABLE = "prm.partners.v1.PartnerService/ImportPartners"
_SERVICE = "prm.partners.v1.PartnerService"
_NO_CONTENT = ("request_id", "id", "etag", "update_mask")
_SETTABLE = frozenset(pb.UpdatePartnerRequest.DESCRIPTOR.fields_by_name) - frozenset(_NO_CONTENT)

# What became of a message, and why.
Settle = Callable[[Prepared, Fate, tuple[Note, ...]], None]
# The lines of the report on a call that failed.
Refusals = Callable[[Prepared, CallFailed], tuple[Note, ...]]


class _Differing(msgspec.Struct, frozen=True):
    """A row that was refused, in which fields it differs, by their first names, and what the service said of it."""

    prepared: Prepared
    fields: tuple[str, ...]
    said: tuple[Note, ...]


class Updater:
    """Collects the rows that differ while they are answered, and updates their partners after that."""

    def __init__(self, client: Client, *, settle: Settle, refusals: Refusals) -> None:
        self._client = client
        self._settle = settle
        self._refusals = refusals
        self._found: list[_Differing] = []

    def take(self, prepared: Prepared, paths: tuple[str, ...], said: tuple[Note, ...]) -> bool:
        """Whether the row is updated later, and settled then."""
        if len(self._found) >= UPDATED_ROWS:
            return False
        fields = tuple(dict.fromkeys(path.replace("[", ".").partition(".")[0] for path in paths))
        self._found.append(_Differing(prepared, fields, said))
        return True

    async def apply(self) -> None:
        """Update and settle every row that was taken. CallFailed if the cell cannot be reached."""
        while self._found:
            await self._update(self._found[0])
            del self._found[0]

    async def _update(self, one: _Differing) -> None:
        changed = [name for name in one.fields if name in _SETTABLE]
        kept = [name for name in one.fields if name not in _SETTABLE]
        if changed:
            try:
                await self._set(one.prepared, changed)
            except CallFailed as err:
                if err.code == "UNAVAILABLE":
                    raise
                self._settle(one.prepared, Fate.REFUSED, self._refusals(one.prepared, err))
                return
        notes = (_note(one.prepared, Outcome.NOTICED, changed, "CHANGED", "was set to what the row says"),)
        if not kept:
            self._settle(one.prepared, Fate.CHANGED, notes)
            return
        what = "cannot be set by an update" + (f"; set were {', '.join(changed)}" if changed else "")
        self._settle(one.prepared, Fate.REFUSED, (_note(one.prepared, Outcome.REFUSED, kept, "NOT_UPDATABLE", what),))

    async def _set(self, prepared: Prepared, fields: list[str]) -> None:
        row = prepared.message
        assert isinstance(row, pb.ImportPartnerRow)
        sought = pb.ListPartnersRequest(external_source=row.external_source, external_id=row.external_id)
        (partner,) = (await self._client.call(f"{_SERVICE}/ListPartners", sought)).partners
        given = {field.name: value for field, value in row.ListFields()}
        request = pb.UpdatePartnerRequest(
            request_id=f"import-{row_hash(row)}-{partner.etag}",
            id=partner.id,
            etag=partner.etag,
            update_mask=FieldMask(paths=fields),
            **{name: value for name, value in given.items() if name in fields},
        )
        await self._client.call(f"{_SERVICE}/UpdatePartner", request)


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
