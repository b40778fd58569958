"""Partners as callers see them."""

from libs.pb.prm.partners import v1 as pb

from libs.mapping import Mapper
from services.partners.record.domain.partner import Partner

PARTNER = Mapper(Partner, pb.Partner)
