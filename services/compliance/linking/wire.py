"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.linking import usecases

LINK = Mapper(usecases.LinkRequest, pb.LinkRequestRequest)
