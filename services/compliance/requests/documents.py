"""The kinds of requests of data subjects, with their indexes."""

from libs.store.port import Index, Kind, Persons, Store
from services.compliance.requests.domain.request import SubjectRequest, persons


async def _country(store: Store, request: SubjectRequest) -> str:
    return request.country


# A request is personal data too, so later requests about the same person find it.
REQUESTS = Kind(
    "subject_request",
    SubjectRequest,
    (Index(("state",)), Index(("type",))),
    persons=Persons(of=persons, country=_country, sought=("aliases[].value",)),
)

KINDS = (REQUESTS,)
