"""Protobuf to commands and grants to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.territories import usecases
from services.partners.territories.domain import TerritoryGrant

TERRITORY = Mapper(TerritoryGrant, pb.TerritoryGrant)
GRANT = Mapper(usecases.GrantTerritory, pb.GrantTerritoryRequest)
REVOKE = Mapper(usecases.RevokeTerritory, pb.RevokeTerritoryRequest)
LIST = Mapper(usecases.ListTerritories, pb.ListTerritoriesRequest)
