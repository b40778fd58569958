"""A flow is counted or refused, and either is told; a refused one counts nobody."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from libs.errors import Contended, InvalidInput
from libs.person import Person
from libs.store.port import Query
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.law.domain.thresholds import THRESHOLDS, ThresholdState
from services.compliance.service import COMPOSITION
from services.compliance.settings import Settings
from services.compliance.transfers.documents import COUNTS, MARKS, RECORDS
from services.compliance.transfers.domain.states import TransferRefusalReason
from services.compliance.transfers.domain.transfer import TransferFiling
from services.compliance.transfers.usecases.flows import (
    CheckTransfer,
    CountShown,
    GetTransferCount,
    ListTransferRecords,
    check_transfer,
    get_transfer_count,
    list_transfer_records,
)
from services.compliance.transfers.usecases.register import EndTransfer, end_transfer
from services.compliance.transfers.usecases.years import close_years
from tests.builders import an_id
from tests.component.compliance.harness import Harness
from tests.component.compliance.transfers.acts import flow_of, person, publish, register, send
from tests.component.replica import Replica

ADA, BERND = person("Ada"), person("Bernd")
ASSESSED: dict[str, Any] = {
    "mechanism": TransferMechanism.CAC_SECURITY_ASSESSMENT,
    "valid_until": date(2027, 12, 31),
    "filing": TransferFiling(authority="cac", reference="1", file_date=date(2026, 1, 1)),
}


async def counts(harness: Harness, year: int = 0) -> tuple[int, int]:
    """The persons of a year, and those with something sensitive."""
    found = await shown(harness, year)
    return found.person_count, found.sensitive_person_count


async def shown(harness: Harness, year: int = 0) -> CountShown:
    """What the RPC shows."""
    return await harness.look(get_transfer_count, GetTransferCount, year=year)


async def test_a_person_counts_once_whatever_flow_and_spelling(harness: Harness) -> None:
    one, other = await publish(harness), await publish(harness, recipient_country="US")
    harness.names()
    record = await send(harness, one, ADA, BERND, ADA)
    assert (record.allowed, record.person_count, record.new_person_count) == (True, 2, 2)
    again = await send(
        harness, other, Person(name="  ADA ", email="Ada@Example.ORG", person_id=an_id("psn")), recipient_country="US"
    )
    assert (again.allowed, again.person_count, again.new_person_count) == (True, 1, 0)
    assert await counts(harness) == (2, 0)
    told: list[tuple[str, int, Any]] = harness.events()
    assert [(name, body.person_count) for name, _, body in told] == [
        ("TransferRecorded", 2),
        ("TransferRecorded", 2),
    ]


async def test_two_persons_at_one_mailbox_or_switchboard_never_count_as_one(harness: Harness) -> None:
    transfer = await publish(harness)
    shared = [
        Person(name="Ada", email="info@example.org"),
        Person(name="Bernd", email="info@example.org"),
        Person(name="Ada", phone="+4930901820"),
        Person(name="Bernd", phone="+49 30 901820"),
        Person(person_id=an_id("psn", 1)),
        Person(person_id=an_id("psn", 2)),
    ]
    await send(harness, transfer, *shared, *shared)
    assert await counts(harness) == (6, 0)


async def test_a_refused_flow_counts_nobody_and_is_told_with_every_reason(harness: Harness) -> None:
    draft = await register(harness)
    harness.names()
    record = await send(harness, draft, ADA, purpose="marketing", categories=("user.job_title",))
    assert [(one.reason.name, one.detail) for one in record.refusals] == [
        ("NOT_PUBLISHED", ""),
        ("WRONG_PURPOSE", "marketing"),
        ("WRONG_CATEGORY", "user.job_title"),
    ]
    told: list[tuple[str, int, Any]] = harness.events()
    [(name, _, body)] = told
    assert (name, [one.detail for one in body.refusals]) == (
        "TransferRefused",
        ["", "marketing", "user.job_title"],
    )
    assert await counts(harness) == (0, 0)
    assert (await harness.env.store.find(Query(kind=MARKS))).rows == []


async def test_no_transfer_an_unknown_one_and_an_ended_one_permit_nothing(harness: Harness) -> None:
    transfer = await publish(harness)
    await harness.run(end_transfer, EndTransfer, id=transfer.id)
    refused = [
        await send(harness, None, ADA),
        await send(harness, None, ADA, transfer_id=an_id("trf")),
        await send(harness, transfer, ADA),
    ]
    assert [[one.reason.name for one in record.refusals] for record in refused] == [
        ["UNREGISTERED"],
        ["UNREGISTERED"],
        ["ENDED"],
    ]
    for filters, expected in (
        ({"refused_only": True}, [one.id for one in refused]),
        ({"transfer_id": transfer.id}, [refused[2].id]),
    ):
        page = await harness.look(list_transfer_records, ListTransferRecords, **filters)
        assert [one.value.id for one in page.rows] == expected


async def test_sensitive_data_needs_a_mechanism_that_china_accepts(harness: Harness) -> None:
    fields: dict[str, Any] = {"categories": ("user.name", "user.financial")}
    clauses = await publish(harness, categories=("user.name", "user.financial"))
    refused = await send(harness, clauses, ADA, **fields)
    assert [(one.reason, one.detail) for one in refused.refusals] == [
        (TransferRefusalReason.OVER_THRESHOLD, "cn.sensitive_persons.1")
    ]
    contract = await publish(harness, categories=("user",), mechanism=TransferMechanism.CAC_STANDARD_CONTRACT)
    assert (await send(harness, contract, ADA)).allowed
    assert await counts(harness) == (1, 0)
    record = await send(harness, contract, ADA, BERND, **fields)
    assert (record.new_person_count, record.new_sensitive_person_count) == (1, 2)
    assert await counts(harness) == (2, 2)
    assert (await send(harness, contract, ADA, **fields)).new_sensitive_person_count == 0


async def test_a_threshold_is_neared_then_blocks_at_its_limit_to_the_person(harness: Harness) -> None:
    limit = replace(THRESHOLDS[0], limit=10, name="cn.persons.10")
    harness.env.settings = replace(harness.env.settings, thresholds=(limit,))
    clauses, assessed = await publish(harness), await publish(harness, **ASSESSED)
    harness.names()
    people = [person(f"P{number}") for number in range(11)]
    assert (await send(harness, clauses, *people[:7])).warnings == ()
    assert (await send(harness, clauses, *people[:8])).warnings == ("cn.persons.10",)
    refused = await send(harness, clauses, *people[:10])
    assert [one.detail for one in refused.refusals] == ["cn.persons.10"]
    assert await counts(harness) == (8, 0)
    assert (await send(harness, clauses, *people[:9])).allowed
    assert (await send(harness, assessed, *people[:10])).allowed
    assert (await send(harness, clauses, people[0])).refusals == refused.refusals
    assert await counts(harness) == (10, 0)
    assert [one.state for one in (await shown(harness)).thresholds] == [ThresholdState.REACHED]
    assert harness.names() == [
        "TransferRecorded",
        "TransferRecorded",
        "TransferThresholdNeared",
        "TransferRefused",
        "TransferRecorded",
        "TransferRecorded",
        "TransferStated",
        "TransferRefused",
    ]


async def test_a_check_says_the_same_and_changes_nothing(harness: Harness) -> None:
    transfer = await publish(harness)
    await send(harness, transfer, ADA)
    harness.names()
    found = await harness.look(check_transfer, CheckTransfer, flow=flow_of(transfer, ADA, BERND))
    assert (found.allowed, found.new_person_count, found.thresholds[0].counted) == (True, 1, 2)
    without = await harness.look(check_transfer, CheckTransfer, flow=flow_of(None))
    assert [one.reason.name for one in without.refusals] == ["UNREGISTERED"]
    assert (harness.names(), await counts(harness)) == ([], (1, 0))


async def test_every_fault_of_a_flow_is_named_and_nothing_is_recorded(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await send(harness, None, ADA, Person(name="Nobody"), recipient_country="XQ", categories=("user.hobby",))
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("recipient_country", "UNKNOWN_COUNTRY"),
        ("categories[0]", "UNKNOWN_CATEGORY"),
        ("persons[1]", "NO_ALIAS"),
    ]
    assert (await harness.env.store.find(Query(kind=RECORDS))).rows == []


async def test_a_repeated_request_counts_once_and_gets_the_first_answer(harness: Harness) -> None:
    transfer = await publish(harness)
    first = await send(harness, transfer, ADA, request_id="one")
    assert await send(harness, transfer, ADA, request_id="one") == first
    refused = await send(harness, None, BERND, request_id="two")
    assert await send(harness, None, BERND, request_id="two") == refused
    assert await counts(harness) == (1, 0)


async def test_a_year_ends_in_the_zone_of_the_cell_and_leaves_nothing_but_its_number(harness: Harness) -> None:
    transfer = await publish(harness)
    harness.clock.advance(timedelta(days=304, hours=13, minutes=59))  # 2026-12-31 23:59 in Berlin
    await send(harness, transfer, ADA, BERND)
    assert await close_years(harness.env) == 0
    harness.clock.advance(timedelta(minutes=1))
    harness.names()
    assert await counts(harness) == (0, 0)
    assert await close_years(harness.env) == 3
    assert await close_years(harness.env) == 0
    assert (await harness.env.store.find(Query(kind=MARKS))).rows == []
    stored = await harness.value(COUNTS, "2026")
    assert (stored.person_count, stored.sealed_key, stored.open_year) == (2, "", None)
    assert (await shown(harness, 2026)).closed
    assert harness.names() == ["TransferYearClosed"]
    await send(harness, transfer, ADA)
    assert (await counts(harness), await counts(harness, 2026)) == ((1, 0), (2, 0))


async def test_two_years_give_the_same_person_two_marks_that_nothing_joins(harness: Harness) -> None:
    transfer = await publish(harness)
    await send(harness, transfer, ADA)
    harness.clock.advance(timedelta(days=365))
    await send(harness, transfer, ADA)
    marks = [one.value.id for one in (await harness.env.store.find(Query(kind=MARKS))).rows]
    assert [one.partition(":")[0] for one in marks] == ["2026", "2027"]
    assert len({one.partition(":")[2] for one in marks}) == 2


async def test_replicas_that_count_at_the_same_moment_count_everybody_once(harness: Harness) -> None:
    transfer = await publish(harness)
    other: Replica[Settings] = Replica(
        "compliance",
        harness.env.store,
        keys=harness.env.keys,
        objects=harness.shelf,
        encode=COMPOSITION.encode,
        settings=Settings(),
    )

    async def until_counted(replica: Replica[Settings], number: int) -> None:
        while True:
            try:
                await send(replica, transfer, person(f"P{number}"), person(f"P{number + 1}"), request_id=f"r{number}")
                return
            except Contended:
                continue

    await asyncio.gather(*(until_counted(replica, number) for number in range(12) for replica in (harness, other)))
    assert await counts(harness) == (13, 0)
    assert len((await harness.env.store.find(Query(kind=MARKS))).rows) == 13
    assert len((await harness.env.store.find(Query(kind=RECORDS))).rows) == 12
