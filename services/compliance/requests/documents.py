"""The kinds of requests of data subjects, with their indexes."""

from libs.person import Person
from libs.retention import When, retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons, Store
from services.compliance.requests.domain.links import LinkedRequest, RequestLink
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.request import KnownAs, SignedAnswer, SubjectRequest, persons, without_hashes
from services.compliance.requests.domain.states import RequestState, RequestType

_ERASABLE = frozenset({RequestState.IN_PROGRESS, RequestState.READY_FOR_REVIEW})


async def _country(store: Store, request: SubjectRequest) -> str:
    return request.country


def _asking(request: SubjectRequest) -> Person | None:
    """Who asks, as the person by whom the request is found: a subject may be nothing but a name, with an id that nobody
    else knows."""
    known = [one for one in persons(request) if one.email or one.phone or one.person_id]
    return next((one for one in known if one.email or one.phone), known[0] if known else request.subject)


def _emptied(request: SubjectRequest) -> SubjectRequest:
    """An open request keeps its hashes: a second one for the erasure of the same person must end too."""
    return request if request.state in OPEN else without_hashes(request)


def _must_be_answered(request: SubjectRequest) -> bool:
    """Whether the request is open; an erasure that is searched for, or was, needs no more than its hashes, also if it
    is on hold."""
    erases = request.type is RequestType.ERASURE and (request.held_state or request.state) in _ERASABLE
    return request.state in OPEN and not erases


ENDED: When[SubjectRequest] = When(
    starts=lambda request: request.update_time, applies=lambda request: request.state not in OPEN
)
RULES = {
    "open": When(starts=lambda request: None, applies=_must_be_answered),
    "ended": ENDED,
}

# A request is personal data too, so later requests about the same person find it.
REQUESTS: Kind[SubjectRequest] = Kind(
    "subject_request",
    SubjectRequest,
    (*serving("state", "type", orders=("", "update_time", "receive_time")), Index(("state", "create_time"))),
    persons=Persons(
        of=persons,
        country=_country,
        about=_asking,
        sought=("aliases[].value",),
        emptied=_emptied,
        as_recorded="the record of what the person asked for (GDPR Art. 5(2))",
        retained=retained("compliance", "subject_request", RULES),
    ),
)

# A row has keyed hashes of the person's aliases.
SIGNED_ANSWERS = Kind("signed_answer", SignedAnswer, (Index(("case_id",)),), derived_from=(REQUESTS, "case_id"))
KNOWN_AS = Kind("known_as", KnownAs, (Index(("case_id",)),), derived_from=(REQUESTS, "case_id"))

LINKS = Kind("request_link", RequestLink, (Index(("case_id",), unique=True),))
LINKED = Kind("linked_request", LinkedRequest, (Index(("link_id",)), Index(("update_time",))))

KINDS = (REQUESTS, SIGNED_ANSWERS, LINKS, LINKED, KNOWN_AS)
