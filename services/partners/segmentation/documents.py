"""The kinds of segmentations, with their indexes."""

from libs.store.paging import serving
from libs.store.port import Index, Kind
from services.partners.segmentation.domain.model import SegmentationModel
from services.partners.segmentation.domain.run import Segment, Segmentation

SEGMENTATION_MODELS = Kind(
    "segmentation_model",
    SegmentationModel,
    (Index(("code", "number"), unique=True), *serving("code", "state", orders=("", "update_time"))),
)
SEGMENTATIONS = Kind(
    "segmentation",
    Segmentation,
    (Index(("due_at",)), Index(("model_code", "phase", "quarter")), Index(("phase", "quarter"))),
)
SEGMENTS = Kind(
    "segment",
    Segment,
    tuple(Index(("run_id", *one.fields)) for one in serving("class_code", "life_cycle", "moved", orders=("negated",))),
    owner="partner_id",
)

KINDS = (SEGMENTATION_MODELS, SEGMENTATIONS, SEGMENTS)
