"""Partners and possible duplicates to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.record.domain.duplicates import PossibleDuplicate
from services.partners.record.domain.partner import Partner

PARTNER = Mapper(Partner, pb.Partner)
POSSIBLE_DUPLICATE = Mapper(PossibleDuplicate, pb.PossibleDuplicate)
