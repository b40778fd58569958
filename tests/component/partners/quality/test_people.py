"""What a partner's people see of the quality of their records when they confirm them."""

from libs.pb.prm.partners import v1 as pb
from services.partners.quality.api import Api
from tests.builders import a_call, a_call_of
from tests.component.partners.harness import Harness
from tests.component.partners.quality.acts import arrive


async def test_a_partners_people_who_confirm_a_record_do_not_see_that_others_have_its_name(harness: Harness) -> None:
    first, _ = await harness.apply(), await harness.apply()
    await arrive(harness)
    request = pb.ConfirmQualityRecordRequest(request_id="c-1", partner_id=first.id)
    api, call = Api(harness.env), a_call_of(first.id)
    for _ in ("new", "repeated"):
        shown = (await api.ConfirmQualityRecord(request, call)).quality_record
        assert pb.QUALITY_RULE_NAME_UNIQUE not in shown.broken_rules
        assert pb.QUALITY_RULE_PHONE_GIVEN in shown.broken_rules
        assert (shown.score.kept_weight, shown.score.applicable_weight) == (5, 35)
    whole = (await api.ConfirmQualityRecord(request, a_call())).quality_record
    assert pb.QUALITY_RULE_NAME_UNIQUE in whole.broken_rules
