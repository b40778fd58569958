"""The example of the manual, as it stands there."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

from google.protobuf.json_format import ParseDict

from libs.pb.prm.partners import v1 as pb
from services.partners.facts.domain.metrics import FactMetric
from services.partners.segmentation import wire
from services.partners.segmentation.domain.summary import summary
from services.partners.segmentation.usecases import models
from tests.builders import a_call
from tests.component.partners.harness import Harness
from tests.component.partners.scorecard.acts import in_business
from tests.component.partners.segmentation.acts import SETTLED, earned, found, made
from tests.unit.partners.segmentation.built import QUARTER

README = Path(__file__).resolve().parents[4] / "services" / "partners" / "README.md"
AFTER = SETTLED + timedelta(days=10)


async def test_the_example_of_the_manual_says_what_the_manual_says(harness: Harness) -> None:
    text = README.read_text(encoding="utf-8").partition("\n## Segmentation\n")[2]
    described = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert described
    asked = ParseDict(json.loads(described[1]), pb.DraftSegmentationModelRequest())
    cmd = wire.DRAFT.decode(asked, call=a_call())
    draft = await harness.env.run(models.draft_segmentation_model, cmd)
    await harness.run(
        models.publish_segmentation_model, models.PublishSegmentationModel, id=draft.id, effective_day=QUARTER
    )
    partners = await in_business(harness, 4)
    months = [(one, date(2026, 5, 1), units) for one, units in zip(partners, (700, 200, 60, 40), strict=True)]
    await earned(harness, *months, metric=FactMetric.REVENUE_INVOICED)
    await made(harness, AFTER)
    told = summary(*(await found(harness)))
    assert [
        (one.class_code, one.partner_count, one.partner_basis_points, one.revenue_basis_points) for one in told.classes
    ] == [("A", 2, 5_000, 9_000), ("B", 1, 2_500, 600), ("C", 1, 2_500, 400)]
