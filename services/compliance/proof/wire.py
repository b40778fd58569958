"""Protobuf to the command."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.proof.usecases import ProveRequest

PROVE = Mapper(ProveRequest, pb.ProveRequestRequest)
