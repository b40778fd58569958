"""Mapping of GetRegistration: the request to its command, the overview of a registration to the response."""

from libs.call import Call
from libs.cross_checks.domain import CellCheck
from libs.mapping import Mapper
from libs.pb.prm.common import v1 as common
from libs.pb.prm.deals import v1 as pb
from libs.rpc.deadline import encode_deadline
from services.deals.claims.wire import registration
from services.deals.overview import usecases

CELL = Mapper(CellCheck, common.CellCheck)
GET = Mapper(usecases.GetRegistration, pb.GetRegistrationRequest)


def overview(found: usecases.RegistrationOverview, call: Call) -> pb.GetRegistrationResponse:
    """The response: the registration with the fields that the caller may see, the deadline of its decision (absent if
    there is none), how many claims its partner withdrew before their decision, and what other cells know of the
    customer."""
    deadline = found.decision_deadline
    return pb.GetRegistrationResponse(
        registration=registration(found.registration, call),
        decision_deadline=encode_deadline(deadline) if deadline else None,
        claims_taken_back=found.claims_taken_back,
        cells=[CELL.encode(one) for one in found.cells],
    )
