"""Protobuf to commands; potentials and coverage to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.coverage import usecases
from services.partners.coverage.domain.potential import MarketPotential

POTENTIAL = Mapper(MarketPotential, pb.MarketPotential)
PUT = Mapper(usecases.PutMarketPotential, pb.PutMarketPotentialRequest)
LIST = Mapper(usecases.ListMarketPotentials, pb.ListMarketPotentialsRequest)
GET = Mapper(usecases.GetCoverage, pb.GetCoverageRequest)
SHOWN = Mapper(usecases.CoverageShown, pb.GetCoverageResponse)
