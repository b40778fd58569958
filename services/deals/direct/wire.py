"""Protobuf to the command, the answer to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.direct.domain import DirectAccount
from services.deals.direct.usecases import CheckDirectSale

CHECK = Mapper(CheckDirectSale, pb.CheckDirectSaleRequest)
ANSWER = Mapper(DirectAccount, pb.DirectCheck)
