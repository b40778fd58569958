"""The use cases of flows: check one, record one, list what was recorded, show a year's count."""

import msgspec

from libs.call import Command
from libs.store.paging import ListCommand, paged
from libs.store.port import Page, create
from services.compliance.law.domain.thresholds import ThresholdUse
from services.compliance.settings import Env
from services.compliance.transfers.documents import RECORDS
from services.compliance.transfers.domain.flow import TransferFlow, TransferRecord
from services.compliance.transfers.domain.states import TransferRefusal
from services.compliance.transfers.reads import COUNTING, count_of, counted, judged, settled, thresholds_of
from services.compliance.transfers.usecases.stating import state_transfers


class CheckTransfer(Command, frozen=True, kw_only=True):
    """Say whether a flow would be allowed."""

    flow: TransferFlow


class RecordTransfer(Command, frozen=True, kw_only=True):
    """Allow and count a flow, or refuse it."""

    flow: TransferFlow


class ListTransferRecords(ListCommand, frozen=True, kw_only=True):
    """List recorded flows; an empty filter matches all of them."""

    transfer_id: str = ""
    refused_only: bool = False


class GetTransferCount(Command, frozen=True, kw_only=True):
    """Show the count of a year; 0 for the present one."""

    year: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a flow; prm.compliance.v1.CheckTransferResponse describes each field."""

    allowed: bool
    refusals: tuple[TransferRefusal, ...]
    new_person_count: int
    new_sensitive_person_count: int
    thresholds: tuple[ThresholdUse, ...]


class CountShown(msgspec.Struct, frozen=True, kw_only=True):
    """A year's count with its thresholds; prm.compliance.v1.TransferCount describes each field."""

    year: int
    person_count: int
    sensitive_person_count: int
    closed: bool
    thresholds: tuple[ThresholdUse, ...]


async def check_transfer(env: Env, cmd: CheckTransfer) -> Verdict:
    """What RecordTransfer would answer. InvalidInput, WrongCell."""
    found = await judged(env, cmd.flow, counting=False)
    return Verdict(
        allowed=not found.refusals,
        refusals=found.refusals,
        new_person_count=found.tally.new,
        new_sensitive_person_count=found.tally.new_sensitive,
        thresholds=found.after,
    )


async def record_transfer(env: Env, cmd: RecordTransfer) -> TransferRecord:
    """The record of the flow: allowed, with its persons counted, or refused. InvalidInput, WrongCell."""
    async with env.settings.locks.of(COUNTING):
        found = await settled(env, cmd.flow)
        record = await env.commit(create(RECORDS, found.record), *found.writes, events=found.events, call=cmd.call)
    if record.warnings:
        await state_transfers(env)  # the exits hear it now; if this fails, from the job
    return record


async def list_transfer_records(env: Env, cmd: ListTransferRecords) -> Page[TransferRecord]:
    """One page of records by id."""
    filters = {"transfer_id": cmd.transfer_id, "refused": cmd.refused_only or None}
    return await env.listing(RECORDS, filters, call=cmd.call, **paged(cmd))


async def get_transfer_count(env: Env, cmd: GetTransferCount) -> CountShown:
    """The count of a year, and its thresholds as they are in force today."""
    today = env.today()
    count = await count_of(env, cmd.year or today.year)
    return CountShown(
        year=count.year,
        person_count=count.person_count,
        sensitive_person_count=count.sensitive_person_count,
        closed=count.open_year is None,
        thresholds=counted(count, thresholds_of(env, today)),
    )
