"""A package may be taken when every service has answered, and the first one completes the request."""

import pytest

from libs.errors import WrongState
from services.compliance.package.domain.export import ExportIncomplete, mark_exported, require_searched
from services.compliance.requests.domain.request import SERVICES
from services.compliance.requests.domain.search import receive_answer
from services.compliance.requests.domain.states import RequestState, RequestType
from tests.builders import NOW
from tests.unit.compliance.asked import CASE, a_request, an_answer


@pytest.mark.parametrize("silent", SERVICES)
def test_an_export_waits_for_everybody_and_says_for_whom(silent: str) -> None:
    request = a_request()
    for one in SERVICES:
        if one != silent:
            request, _ = receive_answer(request, an_answer(one), now=NOW)
    with pytest.raises(ExportIncomplete) as refused:
        require_searched(request)
    assert refused.value.metadata == {"id": CASE, "services": silent}


@pytest.mark.parametrize("state", RequestState)
def test_only_what_was_searched_to_the_end_is_handed_out(state: RequestState) -> None:
    request = a_request(state=state)
    if state in (RequestState.READY_FOR_REVIEW, RequestState.COMPLETED):
        require_searched(request)
        return
    with pytest.raises(ExportIncomplete if state is RequestState.IN_PROGRESS else WrongState):
        require_searched(request)


def test_the_first_package_completes_the_request_and_every_one_is_told() -> None:
    ready = a_request(state=RequestState.READY_FOR_REVIEW)
    first, told = mark_exported(ready, "f" * 64, 1, now=NOW)
    assert (first.state, first.complete_time) == (RequestState.COMPLETED, NOW)
    assert [type(one).__name__ for one in told] == ["SubjectRequestExported", "SubjectRequestCompleted"]
    second, told = mark_exported(first, "f" * 64, 1, now=NOW)
    assert second == first
    assert [type(one).__name__ for one in told] == ["SubjectRequestExported"]


@pytest.mark.parametrize("type", list(RequestType))
def test_a_package_completes_only_a_request_of_which_it_is_all(type: RequestType) -> None:
    """A row of another type can only have been written before such requests were refused."""
    ready = a_request(type=type, state=RequestState.READY_FOR_REVIEW)
    taken, events = mark_exported(ready, "0" * 64, 1, now=NOW)
    whole = type in (RequestType.ACCESS, RequestType.PORTABILITY)
    assert taken.state is (RequestState.COMPLETED if whole else RequestState.READY_FOR_REVIEW)
    assert len(events) == (2 if whole else 1)
