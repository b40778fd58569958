"""The persons in requests: earlier requests are part of what is held about a person."""

from libs.store.port import Store
from libs.subject_data import Holding
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest, persons


async def _country(store: Store, request: SubjectRequest) -> str:
    return request.country


PERSONS = (Holding(REQUESTS, persons, _country),)
