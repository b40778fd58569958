"""An answer counts if the service that it names gave it; any other leaves the search as it is."""

from typing import Any

import pytest
from google.protobuf.message import Message
from msgspec.structs import replace

from libs.messaging.envelope import Envelope
from libs.pb.prm.common.v1.subject_data_pb2 import KindCount
from libs.pb.prm.deals.v1 import SubjectDataLocated
from services.compliance.requests.domain.search import AnswerForged
from services.compliance.requests.domain.states import RequestState
from tests.component.compliance.harness import Harness

ANOTHER = "0" * 31 + "1"


def altered(answer: Envelope, **fields: Any) -> Envelope:
    """The event with other fields in its body."""
    message: Message = SubjectDataLocated.FromString(answer.body)
    for name, value in fields.items():
        message.ClearField(name)
        message.MergeFrom(SubjectDataLocated(**{name: value}))
    return replace(answer, body=message.SerializeToString())


@pytest.mark.parametrize(
    "fields",
    [
        {"alias_hashes": [ANOTHER]},
        {"asked_object_name": ""},
        {"asked_object_name": "search/dsr/1/compliance/0"},
        {"aliases_object_name": "aliases/dsr/1/deals/0"},
        {"aliases_sha256": "0" * 64},
        {"counts": []},
        {"counts": [KindCount(kind="card", rows=7)]},
        {"round": 2},
        {"sha256": "0" * 64},
        {"object_name": "dsr/1/deals/0"},
        {"answer_signature": ""},
        {"answer_signature": "0" * 128},
    ],
    ids=str,
)
async def test_an_answer_of_which_anything_was_changed_is_refused_and_the_search_waits_for_the_right_one(
    harness: Harness, fields: dict[str, Any]
) -> None:
    request = await harness.ask(("EMAIL", "ngozi@example.org"))
    [answer] = await harness.answers(harness.opened(), "deals")
    with pytest.raises(AnswerForged) as refused:
        await harness.hear(altered(answer, **fields))
    assert (refused.value.reason, refused.value.metadata["service"]) == ("ANSWER_FORGED", "deals")
    assert "deals" in (await harness.request(request)).missing_services
    await harness.hear(answer)
    assert "deals" not in (await harness.request(request)).missing_services


async def test_a_service_cannot_answer_for_another(harness: Harness) -> None:
    request = await harness.ask(("EMAIL", "ngozi@example.org"))
    [answer] = await harness.answers(harness.opened(), "deals")
    with pytest.raises(AnswerForged) as refused:
        await harness.hear(replace(answer, subject=answer.subject.replace(".deals.", ".orders.")))
    assert (refused.value.metadata["service"], refused.value.metadata["sender"]) == ("deals", "orders")
    assert "deals" in (await harness.request(request)).missing_services


async def test_an_answer_to_one_case_is_none_to_another(harness: Harness) -> None:
    await harness.ask(("EMAIL", "ngozi@example.org"))
    [answer] = await harness.answers(harness.opened(), "deals")
    second = await harness.ask(("EMAIL", "olga@example.org"))
    with pytest.raises(AnswerForged):
        await harness.hear(altered(answer, case_id=second.id))
    assert (await harness.request(second)).missing_services == second.missing_services
    assert (await harness.search(second)).state is RequestState.READY_FOR_REVIEW
