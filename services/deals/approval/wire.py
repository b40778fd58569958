"""Protobuf to commands; rules, deputies and chains to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.approval import usecases
from services.deals.approval.domain.rules import ApprovalChain, ApprovalDeputy, ApprovalRule

RULE = Mapper(ApprovalRule, pb.ApprovalRule)
DEPUTY = Mapper(ApprovalDeputy, pb.ApprovalDeputy)
CHAIN = Mapper(ApprovalChain, pb.PreviewApprovalResponse)
DRAFT = Mapper(usecases.DraftApprovalRule, pb.DraftApprovalRuleRequest)
PUBLISH = Mapper(usecases.PublishApprovalRule, pb.PublishApprovalRuleRequest)
WITHDRAW = Mapper(usecases.WithdrawApprovalRule, pb.WithdrawApprovalRuleRequest)
LIST_RULES = Mapper(usecases.ListApprovalRules, pb.ListApprovalRulesRequest)
PUT = Mapper(usecases.PutApprovalDeputy, pb.PutApprovalDeputyRequest)
LIST_DEPUTIES = Mapper(usecases.ListApprovalDeputies, pb.ListApprovalDeputiesRequest)
PREVIEW = Mapper(usecases.PreviewApproval, pb.PreviewApprovalRequest)
