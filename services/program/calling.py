"""Calls the programme service for a command, and prints what it answers."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from libs.pb.prm.partners import v1 as pb
from libs.pb.prm.partners.v1 import program_service_pb2  # noqa: F401  # makes the methods known
from libs.rpc.client import Client
from libs.runtime.asking import NOT_CALLED, Call, run
from libs.runtime.toml_request import FileUnreadable
from services.program.reading import read_program

ROLE, SUBJECT = "channel_manager", "channel"
SERVICE = "prm.partners.v1.ProgramService"


def draft(file: Path, *, to: str) -> int:
    """Draft the programme of a file; the exit code."""
    return _with_file(file, _draft, to=to)


def publish(file: Path, *, to: str) -> int:
    """Draft the programme of a file and publish it; the exit code."""
    return _with_file(file, _publish, to=to)


def withdraw(program_id: str, *, to: str) -> int:
    """Withdraw a published version that is not in force yet; the exit code."""

    async def call(client: Client) -> Iterator[str]:
        request = pb.WithdrawProgramRequest(id=program_id)
        return iter([_said((await client.call(f"{SERVICE}/WithdrawProgram", request)).program)])

    return _run(call, to=to)


def enroll(partner_id: str, program: str, level: str, *, to: str) -> int:
    """Enrol a partner; the exit code."""

    async def call(client: Client) -> Iterator[str]:
        request = pb.EnrollRequest(partner_id=partner_id, program=program, level=level)
        found = (await client.call(f"{SERVICE}/Enroll", request)).enrolment
        return iter([f"{found.partner_id} is in {found.program} at {found.level.code}: {found.id}"])

    return _run(call, to=to)


def progress(partner_id: str, *, to: str) -> int:
    """Print the progress of a partner; the exit code."""

    async def call(client: Client) -> Iterator[str]:
        request = pb.GetTierProgressRequest(partner_id=partner_id)
        return progress_lines(await client.call(f"{SERVICE}/GetTierProgress", request))

    return _run(call, to=to)


def progress_lines(found: pb.GetTierProgressResponse) -> Iterator[str]:
    """The progress of a partner: a line for its level, each level, and each requirement."""
    held = found.enrolment
    yield f"{held.partner_id} is in {held.program} at {held.level.code}; it has earned {held.earned.code}"
    if held.HasField("override"):
        yield f"  given {held.override.level.code} until {_day(held.override.last_day)}"
    if held.HasField("pending"):
        falls = (
            f"falls to it on {_day(held.pending.fall_day)}" if held.pending.HasField("fall_day") else "to be confirmed"
        )
        yield f"  {held.pending.to.code}: {falls}"
    yield f"version {found.program_number}, {_day(found.day)}, facts as of {found.as_of.ToJsonString()}"
    for level in found.levels:
        yield f"{level.code}\t{'met' if level.met else 'not met'}"
        for group in level.groups:
            for one in group.requirements:
                yield "  " + _requirement(one)


def _requirement(one: pb.RequirementProgress) -> str:
    status = pb.RequirementStatus.Name(one.status).removeprefix("REQUIREMENT_STATUS_")
    least = "at least" if one.comparison == pb.COMPARISON_AT_LEAST else "at most"
    what = " ".join(filter(None, (one.metric, one.track, one.product_line, "with downline" if one.downline else "")))
    days = f"{_day(one.first_day)} to {_day(one.last_day)}" if one.HasField("first_day") else f"on {_day(one.last_day)}"
    unit = f" {one.currency}" if one.currency and one.unit == pb.REQUIREMENT_UNIT_MONEY else ""
    figures = f"has {one.have or '?'}{unit}, needs {least} {one.need}{unit}, misses {one.missing or '?'}{unit}"
    rates = "".join(
        f"; 1 {rate.from_currency} = {rate.rate} {rate.to_currency} ({_day(rate.day)})" for rate in one.rates
    )
    return f"{status}\t{what}\t{figures}\t{days}{rates}"


async def _draft(client: Client, request: pb.DraftProgramRequest) -> Iterator[str]:
    return iter([_said((await client.call(f"{SERVICE}/DraftProgram", request)).program)])


async def _publish(client: Client, request: pb.DraftProgramRequest) -> Iterator[str]:
    drafted = (await client.call(f"{SERVICE}/DraftProgram", request)).program
    if drafted.state == pb.PROGRAM_STATE_PUBLISHED:
        return iter([f"{_said(drafted)} already"])
    asked = pb.PublishProgramRequest(id=drafted.id, etag=drafted.etag)
    return iter([_said((await client.call(f"{SERVICE}/PublishProgram", asked)).program)])


def _said(program: pb.Program) -> str:
    state = pb.ProgramState.Name(program.state).removeprefix("PROGRAM_STATE_").lower()
    day = _day(program.effective_day)
    return f"{program.code} version {program.number}, {program.id}, in force from {day}: {state}"


def _with_file(
    file: Path, call: Callable[[Client, pb.DraftProgramRequest], Awaitable[Iterator[str]]], *, to: str
) -> int:
    try:
        request = read_program(file)
    except FileUnreadable as err:
        typer.echo(f"not called: {err}", err=True)
        return NOT_CALLED
    return _run(lambda client: call(client, request), to=to)


def _run(call: Call, *, to: str) -> int:
    return run(call, SERVICE, to=to, role=ROLE, subject=SUBJECT)


def _day(on: Any) -> str:
    return f"{on.year:04}-{on.month:02}-{on.day:02}"
