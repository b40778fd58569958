"""Protobuf to commands, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.review import usecases

SUBMIT = Mapper(usecases.SubmitRegistration, pb.SubmitRegistrationRequest)
RECALL = Mapper(usecases.RecallRegistration, pb.RecallRegistrationRequest)
START_REVIEW = Mapper(usecases.StartReview, pb.StartReviewRequest)
REQUEST_CHANGES = Mapper(usecases.RequestChanges, pb.RequestChangesRequest)
APPROVE = Mapper(usecases.ApproveRegistration, pb.ApproveRegistrationRequest)
REJECT = Mapper(usecases.RejectRegistration, pb.RejectRegistrationRequest)
