"""Protobuf to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications, transitions
from services.partners.record.domain.duplicates import PossibleDuplicate
from services.partners.record.domain.partner import Partner
from services.partners.record.domain.profile import Profile
from services.partners.record.wire import PARTNER, POSSIBLE_DUPLICATE

LIST = Mapper(applications.ListPartners, pb.ListPartnersRequest)
START_VETTING = Mapper(transitions.StartVetting, pb.StartVettingRequest)
APPROVE = Mapper(transitions.ApprovePartner, pb.ApprovePartnerRequest)
REJECT = Mapper(transitions.RejectPartner, pb.RejectPartnerRequest)
SUSPEND = Mapper(transitions.SuspendPartner, pb.SuspendPartnerRequest)
REINSTATE = Mapper(transitions.ReinstatePartner, pb.ReinstatePartnerRequest)
TERMINATE = Mapper(transitions.TerminatePartner, pb.TerminatePartnerRequest)
SET_TIER = Mapper(transitions.SetTier, pb.SetTierRequest)
_APPLICATION = Mapper(Profile, pb.ApplyPartnerRequest)
_CHANGES = Mapper(PartnerChanges, pb.UpdatePartnerRequest)


def apply(request: pb.ApplyPartnerRequest, call: Call) -> applications.ApplyPartner:
    """The command to apply with the profile of the applicant."""
    return applications.ApplyPartner(
        call=call, profile=_APPLICATION.decode(request), parent_partner_id=request.parent_partner_id
    )


def applied(partner: Partner, duplicates: tuple[PossibleDuplicate, ...]) -> pb.ApplyPartnerResponse:
    """The answer with the applicant and its possible duplicates."""
    found = [POSSIBLE_DUPLICATE.encode(one) for one in duplicates]
    return pb.ApplyPartnerResponse(partner=PARTNER.encode(partner), possible_duplicates=found)


def update(request: pb.UpdatePartnerRequest, call: Call) -> applications.UpdatePartner:
    """The command with the fields that the update mask names."""
    changes = _CHANGES.decode_masked(request)
    return applications.UpdatePartner(
        call=call, id=request.id, etag=request.etag, changes=changes, refuse_erased=request.refuse_erased
    )
