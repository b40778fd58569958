"""Protobuf to commands and answers to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.compliance import v1 as pb
from services.compliance.interchange import domain, usecases

STATUS = Mapper(usecases.GetExternalStatus, pb.GetExternalStatusRequest)
REPORTED = Mapper(usecases.Reported, pb.GetExternalStatusResponse)
TRANSLATE = Mapper(usecases.TranslateRequest, pb.TranslateRequestRequest)
TRANSLATED = Mapper(domain.Translated, pb.TranslateRequestResponse)
