"""Protobuf to commands and claims to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.claims import usecases
from services.deals.claims.domain.registration import Registration, RegistrationChanges
from services.deals.claims.domain.viewing import shown

CREATE = Mapper(usecases.CreateRegistration, pb.CreateRegistrationRequest)
LIST = Mapper(usecases.ListRegistrations, pb.ListRegistrationsRequest)
_CHANGES = Mapper(RegistrationChanges, pb.UpdateRegistrationRequest)
_REGISTRATION = Mapper(Registration, pb.Registration)


def registration(reg: Registration, call: Call) -> pb.Registration:
    """A claim as its caller may see it."""
    return _REGISTRATION.encode(shown(reg, call.caller.partner_id))


def update(request: pb.UpdateRegistrationRequest, call: Call) -> usecases.UpdateRegistration:
    """The command; its changes are the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return usecases.UpdateRegistration(
        call=call, id=request.id, etag=request.etag, changes=changes, refuse_erased=request.refuse_erased
    )
