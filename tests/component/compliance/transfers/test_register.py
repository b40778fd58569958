"""Two persons open a transfer, one ends it, and what was filed stays with it."""

from datetime import date

import pytest

from libs.decisions.decision import SecondPersonRequired
from libs.errors import EtagMismatch, InvalidInput, WrongState
from services.compliance.law.domain.mechanisms import TransferMechanism
from services.compliance.transfers.documents import TRANSFERS
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.domain.transfer import FilingMissing, TransferFiling
from services.compliance.transfers.usecases.register import (
    EndTransfer,
    FileTransfer,
    ListTransfers,
    end_transfer,
    file_transfer,
    list_transfers,
)
from tests.component.compliance.harness import Harness
from tests.component.compliance.transfers.acts import ask_to_publish, confirm, publish, register

FILING = TransferFiling(authority="cac-shanghai", reference="2026-117", file_date=date(2026, 2, 1))


async def test_a_transfer_is_open_only_after_a_second_person(harness: Harness) -> None:
    draft = await register(harness)
    asked = await ask_to_publish(harness, draft)
    assert asked.decision is not None
    assert asked.decision.summary == f"publish {draft.id}: STANDARD_CONTRACTUAL_CLAUSES to SG"
    assert (await harness.value(TRANSFERS, draft.id)).state is TransferState.DRAFT
    with pytest.raises(SecondPersonRequired):
        await confirm(harness, asked.decision, "dev:anna")
    await confirm(harness, asked.decision)
    assert (await harness.value(TRANSFERS, draft.id)).state is TransferState.PUBLISHED
    assert harness.names() == [
        "TransferRegistered",
        "DecisionProposed",
        "DecisionConfirmed",
        "TransferPublished",
        "TransferStated",
    ]


async def test_what_must_be_filed_first_cannot_even_be_asked_for(harness: Harness) -> None:
    terms = {"mechanism": TransferMechanism.CAC_SECURITY_ASSESSMENT, "valid_until": date(2028, 12, 31)}
    draft = await register(harness, **terms)
    with pytest.raises(FilingMissing):
        await ask_to_publish(harness, draft)
    filed = await harness.run(file_transfer, FileTransfer, id=draft.id, filing=FILING)
    assert filed.terms.filing == FILING
    again = await harness.run(file_transfer, FileTransfer, id=draft.id, filing=FILING)
    assert (again.version, harness.names()) == (filed.version, ["TransferRegistered", "TransferFiled"])
    await confirm(harness, (await ask_to_publish(harness, draft)).decision)


async def test_one_person_ends_a_transfer_once(harness: Harness) -> None:
    transfer = await publish(harness)
    with pytest.raises(EtagMismatch):
        await harness.run(end_transfer, EndTransfer, id=transfer.id, etag="1")
    ended = await harness.run(end_transfer, EndTransfer, id=transfer.id, etag="2")
    assert (ended.state, ended.end_time) == (TransferState.ENDED, harness.clock.now())
    with pytest.raises(WrongState):
        await harness.run(end_transfer, EndTransfer, id=transfer.id)


async def test_every_fault_is_named_and_nothing_is_registered(harness: Harness) -> None:
    with pytest.raises(InvalidInput) as refused:
        await register(harness, recipient_country="XQ", categories=("user.hobby",), valid_until=date(2025, 1, 1))
    assert [one.reason for one in refused.value.violations] == [
        "UNKNOWN_COUNTRY",
        "UNKNOWN_CATEGORY",
        "DATES_OUT_OF_ORDER",
    ]
    assert (harness.told, (await harness.look(list_transfers, ListTransfers)).rows) == ([], [])


async def test_transfers_are_listed_by_state_and_country(harness: Harness) -> None:
    open_one, draft = await publish(harness), await register(harness, recipient_country="US")
    for filters, expected in (
        ({"state": TransferState.DRAFT}, [draft.id]),
        ({"recipient_country": "SG"}, [open_one.id]),
        ({"state": TransferState.DRAFT, "recipient_country": "SG"}, []),
    ):
        found = await harness.look(list_transfers, ListTransfers, **filters)
        assert [one.value.id for one in found.rows] == expected
