"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.orders import v1 as pb
from services.orders.dunning import usecases

SET_BLOCK = Mapper(usecases.SetDunningBlock, pb.SetDunningBlockRequest)
LIFT_BLOCK = Mapper(usecases.LiftDunningBlock, pb.LiftDunningBlockRequest)
