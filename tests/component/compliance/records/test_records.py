"""The record of a running service: the protos of all services, with its own purposes and transfers."""

from libs.holdings import holdings
from services.compliance.records.usecases import (
    ExportProcessingRecord,
    GetProcessingRecord,
    export_processing_record,
    get_processing_record,
)
from tests.component.compliance.consent.acts import put
from tests.component.compliance.harness import Harness
from tests.component.compliance.transfers.acts import publish, register


async def test_the_record_has_every_resource_with_purposes_and_open_transfers(harness: Harness) -> None:
    await put(harness, code="sales", categories=("user.contact", "user.name"))
    transfer = await publish(harness)
    await register(harness, recipient_country="US")
    record = await harness.look(get_processing_record, GetProcessingRecord)
    rows = {one.name: one for one in record.activities}
    assert list(rows) == [f"{one.service}.{one.resource}" for one in holdings()]
    contact = rows["partners.Contact"]
    assert (contact.purposes, [one.transfer_id for one in contact.third_parties]) == (("sales",), [transfer.id])
    assert contact.categories_without_purpose == ("user.job_title", "user.unique_id.pseudonymous")
    files = await harness.look(export_processing_record, ExportProcessingRecord)
    assert files.csv.count(b"\r\n") == len(rows) + 1
    assert files.html.count(b"<section>") == len(rows)
