"""Protobuf to commands; rules, summaries and customers to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule
from services.deals.customer_segmentation.domain.shown import CustomerSegment, CustomerSegmentation, explained, summary
from services.deals.customer_segmentation.usecases import results, rules

RULE = Mapper(CustomerSegmentationRule, pb.CustomerSegmentationRule)
SEGMENT = Mapper(CustomerSegment, pb.CustomerSegment)
_SUMMARY = Mapper(CustomerSegmentation, pb.CustomerSegmentation)

DRAFT = Mapper(rules.DraftCustomerSegmentationRule, pb.DraftCustomerSegmentationRuleRequest)
PUBLISH = Mapper(rules.PublishCustomerSegmentationRule, pb.PublishCustomerSegmentationRuleRequest)
WITHDRAW = Mapper(rules.WithdrawCustomerSegmentationRule, pb.WithdrawCustomerSegmentationRuleRequest)
LIST_RULES = Mapper(rules.ListCustomerSegmentationRules, pb.ListCustomerSegmentationRulesRequest)
GET = Mapper(results.GetCustomerSegmentation, pb.GetCustomerSegmentationRequest)
LIST = Mapper(results.ListCustomerSegments, pb.ListCustomerSegmentsRequest)
GET_ONE = Mapper(results.GetCustomerSegment, pb.GetCustomerSegmentRequest)


def segmentation(found: results.Found) -> pb.GetCustomerSegmentationResponse:
    """The summary of a run."""
    return pb.GetCustomerSegmentationResponse(segmentation=_SUMMARY.encode(summary(found.run, found.rule)))


def segments(shown: results.FoundPage) -> pb.ListCustomerSegmentsResponse:
    """A page of customers."""
    run, rule = shown.found
    rows = [SEGMENT.encode(explained(run, rule, row.value)) for row in shown.page.rows]
    return pb.ListCustomerSegmentsResponse(segments=rows, **page_end(shown.page))
