"""The use cases of the record: compute it, and render it."""

import msgspec

from libs.call import Command
from libs.holdings import holdings
from libs.store.listing import everything
from services.compliance.consent.reads import all_purposes
from services.compliance.records.domain.record import (
    ProcessedField,
    ProcessingController,
    ProcessingRecord,
    Resource,
    activities,
)
from services.compliance.records.domain.rendering import as_csv, as_html
from services.compliance.settings import Env
from services.compliance.transfers.documents import TRANSFERS
from services.compliance.transfers.domain.states import TransferState


class GetProcessingRecord(Command, frozen=True, kw_only=True):
    """Compute the record."""


class ExportProcessingRecord(Command, frozen=True, kw_only=True):
    """Render the record."""


class RenderedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The record as files."""

    csv: bytes
    html: bytes


async def get_processing_record(env: Env, cmd: GetProcessingRecord) -> ProcessingRecord:
    """The record as it is now."""
    policy = env.settings.policy
    transfers = await everything(env.store, TRANSFERS, {"state": TransferState.PUBLISHED})
    found = activities(resources(), await all_purposes(env), transfers, env.today())
    return ProcessingRecord(
        controller=ProcessingController(
            name=policy.controller_name, address=policy.controller_address, contact=policy.controller_contact
        ),
        cell=env.directory.here.code,
        compute_time=env.clock.now(),
        activities=tuple(found),
    )


async def export_processing_record(env: Env, cmd: ExportProcessingRecord) -> RenderedRecord:
    """The record as CSV and HTML."""
    record = await get_processing_record(env, GetProcessingRecord(call=cmd.call))
    return RenderedRecord(csv=as_csv(record), html=as_html(record))


def resources() -> tuple[Resource, ...]:
    """Every resource with personal data of every service of this release."""
    return tuple(
        Resource(
            service=one.service,
            name=one.resource,
            fields=tuple(ProcessedField(path=field.path, category=field.category) for field in one.fields),
        )
        for one in holdings()
    )
