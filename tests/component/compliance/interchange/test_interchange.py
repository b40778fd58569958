"""An adaptor reads a request in the words of its protocol, with the times that the protocol reports."""

import pytest

from libs.errors import NotFound
from services.compliance.interchange.domain import ExternalStatus, Protocol
from services.compliance.interchange.usecases import (
    GetExternalStatus,
    TranslateRequest,
    get_external_status,
    translate_request,
)
from services.compliance.requests.domain.states import RequestType
from tests.builders import NOW, an_id
from tests.component.compliance.harness import Harness

DRP = Protocol.DATA_RIGHTS_PROTOCOL


async def test_a_request_is_reported_with_its_deadline(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", "ngozi@example.org"), type=RequestType.RECTIFICATION)
    found = await harness.look(get_external_status, GetExternalStatus, case_id=request.id, protocol=DRP)
    assert found.status == ExternalStatus(type="prm:rectification", regime="prm:gdpr", status="in_progress", reason="")
    assert found.received_at == NOW
    assert found.expected_by is not None
    assert str(found.expected_by.date()) == "2026-04-02"
    with pytest.raises(NotFound):
        await harness.look(get_external_status, GetExternalStatus, case_id=an_id("dsr", 9), protocol=DRP)


async def test_words_are_translated_before_a_request_is_made_of_them(harness: Harness) -> None:
    found = await harness.look(translate_request, TranslateRequest, protocol=DRP, type="deletion", regime="ccpa")
    assert found.type is RequestType.ERASURE
