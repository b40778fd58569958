"""Protobuf to commands; models, summaries and rows to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import Segmentation
from services.partners.segmentation.domain.summary import SegmentationSummary, SegmentRow, row_of, summary
from services.partners.segmentation.usecases import models, results

MODEL = Mapper(SegmentationModel, pb.SegmentationModel)
PARTNER_SEGMENT = Mapper(results.PartnerSegment, pb.PartnerSegment)
QUARTER = Mapper(Segmentation, pb.SegmentationQuarter)
_SUMMARY = Mapper(SegmentationSummary, pb.Segmentation)
_ROW = Mapper(SegmentRow, pb.Segment)

DRAFT = Mapper(models.DraftSegmentationModel, pb.DraftSegmentationModelRequest)
PUBLISH_MODEL = Mapper(models.PublishSegmentationModel, pb.PublishSegmentationModelRequest)
WITHDRAW_MODEL = Mapper(models.WithdrawSegmentationModel, pb.WithdrawSegmentationModelRequest)
GET_MODEL = Mapper(models.GetSegmentationModel, pb.GetSegmentationModelRequest)
LIST_MODELS = Mapper(models.ListSegmentationModels, pb.ListSegmentationModelsRequest)
GET = Mapper(results.GetSegmentation, pb.GetSegmentationRequest)
LIST_QUARTERS = Mapper(results.ListSegmentations, pb.ListSegmentationsRequest)
LIST = Mapper(results.ListSegments, pb.ListSegmentsRequest)
GET_PARTNER = Mapper(results.GetPartnerSegment, pb.GetPartnerSegmentRequest)


def segmentation(found: results.Found) -> pb.GetSegmentationResponse:
    """The summary of a run."""
    return pb.GetSegmentationResponse(segmentation=_SUMMARY.encode(summary(found.run, found.model)))


def segments(shown: results.FoundPage) -> pb.ListSegmentsResponse:
    """A page of rows."""
    rows = [_ROW.encode(row_of(shown.run, row.value)) for row in shown.page.rows]
    return pb.ListSegmentsResponse(segments=rows, **page_end(shown.page))
