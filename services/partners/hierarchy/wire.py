"""Protobuf to commands and a downline to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.hierarchy import usecases
from services.partners.record.wire import PARTNER

LIST = Mapper(usecases.ListDownline, pb.ListDownlineRequest)
SET_ACCESS = Mapper(usecases.SetDownlineAccess, pb.SetDownlineAccessRequest)


def downline_partner(found: usecases.DownlinePartner) -> pb.DownlinePartner:
    """A partner of a downline to protobuf."""
    return pb.DownlinePartner(partner=PARTNER.encode(found.partner), depth=found.depth)
