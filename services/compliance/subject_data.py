"""The persons that compliance holds: those who asked before."""

from libs.store.port import Store
from libs.subject_data import Holding, answering
from services.compliance.documents import REQUESTS
from services.compliance.domain.request import SubjectRequest
from services.compliance.usecases.requests import persons


async def _country(store: Store, request: SubjectRequest) -> str:
    return request.country


CONSUMER = answering(Holding(REQUESTS, persons, _country))
