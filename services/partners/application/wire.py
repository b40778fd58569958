"""Protobuf to commands, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.application.domain import PartnerChanges
from services.partners.application.usecases import applications, transitions
from services.partners.record.domain.profile import Profile

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
    """What an applicant says about itself."""
    return applications.ApplyPartner(
        call=call, profile=_APPLICATION.decode(request), parent_partner_id=request.parent_partner_id
    )


def update(request: pb.UpdatePartnerRequest, call: Call) -> applications.UpdatePartner:
    """The fields that the mask names."""
    changes = _CHANGES.decode_masked(request)
    return applications.UpdatePartner(call=call, id=request.id, etag=request.etag, changes=changes)
