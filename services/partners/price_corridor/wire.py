"""Protobuf to commands; corridors and reports to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.price_corridor import usecases
from services.partners.price_corridor.domain.check import PriceReport
from services.partners.price_corridor.domain.corridor import PriceCorridor
from services.partners.price_corridor.domain.law import PriceBoundStanding

PUT = Mapper(usecases.PutPriceCorridor, pb.PutPriceCorridorRequest)
LIST = Mapper(usecases.ListPriceCorridors, pb.ListPriceCorridorsRequest)
REPORT_PRICE = Mapper(usecases.ReportPrice, pb.ReportPriceRequest)
REPORT = Mapper(PriceReport, pb.PriceReport)
_CORRIDOR = Mapper(PriceCorridor, pb.PriceCorridor)
_STANDING = Mapper(PriceBoundStanding, pb.PriceBoundStanding)


def corridor(found: PriceCorridor, standings: tuple[PriceBoundStanding, ...]) -> pb.PriceCorridor:
    """A corridor with what is lawful."""
    return _CORRIDOR.encode(found, standings=[_STANDING.encode(one) for one in standings])
