"""The kind of identity checks; an agent in one is a person."""

from libs.person import Person
from libs.retention import retained
from libs.store.port import Kind, Persons, Store, get
from services.compliance.requests.documents import ENDED, REQUESTS
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.verification.domain import IdentityCheck


def _agents(check: IdentityCheck) -> tuple[Person, ...]:
    return (check.mandate.agent,) if check.mandate is not None else ()


AS_CHECKED = "the record of how an identity was checked (GDPR Art. 5(2))"


async def _request(store: Store, check: IdentityCheck) -> SubjectRequest | None:
    loaded = await get(store, REQUESTS, check.case_id)
    return loaded.value if loaded else None


CHECKS = Kind(
    "identity_check",
    IdentityCheck,
    persons=Persons(
        of=_agents,
        retained=retained("compliance", "identity_check", {"request_ended": ENDED}),
        judged=_request,
        as_recorded=AS_CHECKED,
    ),
)

KINDS = (CHECKS,)
