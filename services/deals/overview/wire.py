"""Protobuf to commands and overviews to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.rpc.deadline import encode_deadline
from services.deals.claims.wire import registration
from services.deals.overview import usecases

GET = Mapper(usecases.GetRegistration, pb.GetRegistrationRequest)


def overview(found: usecases.RegistrationOverview, call: Call) -> pb.GetRegistrationResponse:
    """A claim as its caller may see it, with its deadline and what its partner took back."""
    deadline = found.decision_deadline
    return pb.GetRegistrationResponse(
        registration=registration(found.registration, call),
        decision_deadline=encode_deadline(deadline) if deadline else None,
        claims_taken_back=found.claims_taken_back,
    )
