"""Protobuf to commands and overviews to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.facts.wire import ACTIVITY
from services.partners.overview import usecases
from services.partners.record.wire import PARTNER, POSSIBLE_DUPLICATE

GET = Mapper(usecases.GetPartner, pb.GetPartnerRequest)


def overview(found: usecases.PartnerOverview) -> pb.GetPartnerResponse:
    """The answer with a partner, its activity and that of its downline."""
    below = found.downline_activity
    return pb.GetPartnerResponse(
        partner=PARTNER.encode(found.partner),
        activity=ACTIVITY.encode(found.activity),
        downline_activity=ACTIVITY.encode(below) if below else None,
        possible_duplicates=[POSSIBLE_DUPLICATE.encode(one) for one in found.possible_duplicates],
    )
