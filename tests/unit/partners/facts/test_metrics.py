"""Every metric of the facts can be asked for by a programme, a scorecard and a plan, each of which treats it as the
proto says that it is measured."""

import re

import pytest
from hypothesis import given

from libs.money import Money
from libs.pb.prm.partners import v1 as pb
from services.partners.facts.domain.entries import entries_of
from services.partners.facts.domain.metrics import SHAPES, FactMetric, Shape
from services.partners.plan.domain.targets import PlanTarget, target_violations
from services.partners.program.domain.measures import RequirementUnit
from services.partners.program.domain.rules import content_violations
from services.partners.program.reads import MEASURES
from services.partners.scorecard.domain.model import Unit, model_violations, unit_of
from tests.contracts.proto.image import ROOT
from tests.unit.partners.facts.test_entries import NEWS, News, sources
from tests.unit.partners.plan.built import a_target
from tests.unit.partners.program.built import BASIC, content, level, need
from tests.unit.partners.scorecard.built import a_model, dimension

SAID = {"Money": "MONEY", "Count": "COUNT", "Ratio of counts": "RATIO", "Ratio of money": "RATIO_OF_MONEY"}
PROTO = (ROOT / "proto/prm/partners/v1/fact.proto").read_text()
WORDS = {
    name: said
    for said, name in re.findall(r"  // ([^:\n]+): [^\n]*\n(?:  //[^\n]*\n)*  FACT_METRIC_(\w+) = \d+;", PROTO)
}
IN_NO_PLAN = frozenset(
    {
        *(FactMetric.DEALS_LOST, FactMetric.OVERDUE_INVOICES, FactMetric.OVERDUE_AMOUNT),
        *(FactMetric.TICKETS, FactMetric.BREACHED_TICKETS, FactMetric.COMPLAINTS),
        FactMetric.ORDER_TOTAL,  # REVENUE_ORDERED with tax and freight
    }
)
"""Metrics that add up over months, of which more is not better."""


def shape(metric: FactMetric) -> str:
    """The shape of a metric by the first words of its comment in the proto."""
    return SAID[WORDS[metric.name]]


def test_the_metrics_are_those_of_the_proto() -> None:
    names = [name.removeprefix("FACT_METRIC_") for name in pb.FactMetric.DESCRIPTOR.values_by_name]
    assert names == ["UNSPECIFIED", *(metric.name for metric in FactMetric)]
    assert WORDS.keys() == {metric.name for metric in FactMetric}


@pytest.mark.parametrize("metric", FactMetric)
def test_a_metric_has_the_shape_that_the_proto_says(metric: FactMetric) -> None:
    assert SHAPES[metric].name == shape(metric)


@given(NEWS)
def test_documents_make_entries_of_the_shape_of_their_metric(news: News) -> None:
    for source in sources(news).values():
        for entry in entries_of(source.id, source.said):
            assert bool(entry.currency) is (SHAPES[entry.metric] in (Shape.MONEY, Shape.RATIO_OF_MONEY))
            assert bool(entry.of) is (SHAPES[entry.metric] in (Shape.RATIO, Shape.RATIO_OF_MONEY))


@pytest.mark.parametrize("metric", FactMetric)
def test_a_programme_can_require_every_metric(metric: FactMetric) -> None:
    asked = need(metric.value, currency="EUR" if "MONEY" in shape(metric) else "")
    assert [*content_violations(content(BASIC, level("SILVER", 2, asked)), measures=MEASURES, tracks=())] == []
    assert MEASURES[metric.value].unit is RequirementUnit[shape(metric).partition("_")[0]]


@pytest.mark.parametrize("metric", FactMetric)
def test_a_scorecard_can_score_every_metric(metric: FactMetric) -> None:
    one = dimension(metric=metric, minimum=2 if "RATIO" in shape(metric) else 0)
    assert [*model_violations(a_model(one))] == []
    assert unit_of(one) is Unit[shape(metric)]


@pytest.mark.parametrize("metric", FactMetric)
def test_a_plan_can_set_every_metric_that_adds_up_and_of_which_more_is_better(metric: FactMetric) -> None:
    target: PlanTarget = a_target(metric=metric)
    if shape(metric) == "COUNT":
        target = PlanTarget(period=target.period, first_day=target.first_day, metric=metric, count=10)
    else:
        assert target.amount == Money.of(100, "EUR")
    wanted = [] if metric not in IN_NO_PLAN and "RATIO" not in shape(metric) else ["BAD_METRIC"]
    assert [one.reason for one in target_violations([target])] == wanted
