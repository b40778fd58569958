"""What a proto says takes two persons does: the option, the guarded methods and the servicers agree."""

import inspect
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor

from libs.decisions.four_eyes import FourEyes
from libs.pb.prm.common.v1 import decision_pb2
from libs.pb.prm.options.v1 import options_pb2
from services.demo.scenario import METHODS
from services.orders.credit.api import Api as CreditApi
from services.orders.credit.usecases import FOUR_EYES as CREDIT
from services.orders.ordering.api import Api as OrderingApi
from services.orders.ordering.usecases.release import FOUR_EYES as ORDERING
from services.orders.service import COMPOSITION as ORDER_COMPOSITION
from services.partners.application.api import Api as PartnerApi
from services.partners.application.usecases.transitions import FOUR_EYES as PARTNERS
from services.partners.service import COMPOSITION as PARTNER_COMPOSITION

# Every service with such methods: the slices that guard them, each with its methods, and the service's jobs.
GUARDING: dict[str, tuple[dict[type[Any], FourEyes], tuple[Any, ...]]] = {
    "partners": ({PartnerApi: PARTNERS}, PARTNER_COMPOSITION.jobs),
    "orders": ({CreditApi: CREDIT, OrderingApi: ORDERING}, ORDER_COMPOSITION.jobs),
}


def _marked() -> list[tuple[str, MethodDescriptor, Any]]:
    """Service, method and access of whatever has `four_eyes` set."""
    methods = [
        (name, method, method.GetOptions().Extensions[options_pb2.access])
        for name, found in METHODS.items()
        for method in found.values()
    ]
    return [(name, method, access) for name, method, access in methods if access.four_eyes]


def test_the_option_and_the_guarded_methods_are_the_same_and_take_the_same_permission() -> None:
    said = {
        (name, f"/{method.containing_service.full_name}/{method.name}", access.permission)
        for name, method, access in _marked()
    }
    done = {
        (name, one.method, one.permission)
        for name, (slices, _) in GUARDING.items()
        for guarding in slices.values()
        for one in guarding.guarded
    }
    assert said == done
    assert said, "no method takes two persons"


@pytest.mark.parametrize(("name", "method", "access"), _marked(), ids=lambda one: getattr(one, "name", None))
def test_a_marked_method_goes_through_the_guard_and_answers_the_decision(
    name: str, method: MethodDescriptor, access: Any
) -> None:
    [answering] = [api for api in GUARDING[name][0] if hasattr(api, method.name)]
    source = inspect.getsource(getattr(answering, method.name))
    assert "FOUR_EYES.run(" in source
    assert "decision=shown(done.decision)" in source
    answered = [field.message_type for field in method.output_type.fields]
    assert decision_pb2.Decision.DESCRIPTOR in answered
    assert not access.read_only


@pytest.mark.parametrize("name", GUARDING)
def test_a_service_with_such_methods_decides_and_expires(name: str) -> None:
    assert METHODS[name].keys() >= {"ListDecisions", "ConfirmDecision", "DeclineDecision"}
    assert f"{name}__expire_decisions" in {job.name for job in GUARDING[name][1]}
