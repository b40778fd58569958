"""Requests of data subjects as they are stored, and by what they are found."""

from libs.store.port import Index, Kind
from services.compliance.requests.domain.request import SubjectRequest

REQUESTS = Kind("subject_request", SubjectRequest, (Index(("state",)), Index(("type",))))

KINDS = (REQUESTS,)
