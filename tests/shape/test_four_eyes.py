"""What a proto says takes two persons does: the option, the guarded methods and the servicers agree."""

import inspect
from importlib import import_module
from typing import Any

import pytest
from google.protobuf.descriptor import MethodDescriptor

from libs.pb.prm.common.v1 import decision_pb2
from libs.pb.prm.options.v1 import options_pb2
from services.demo.scenario import METHODS
from tests.compositions import COMPOSITIONS

# Every service with such methods: the slices that guard them.
GUARDING = {
    name: found
    for name, composition in COMPOSITIONS.items()
    if (found := [one for one in composition.slices if one.SLICE.guarded])
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
        for name, slices in GUARDING.items()
        for guarding in slices
        for one in guarding.SLICE.guarded
    }
    assert said == done
    assert said, "no method takes two persons"


@pytest.mark.parametrize(("name", "method", "access"), _marked(), ids=lambda one: getattr(one, "name", None))
def test_a_marked_method_goes_through_the_guard_and_answers_the_decision(
    name: str, method: MethodDescriptor, access: Any
) -> None:
    apis = [import_module(f"{one.__name__}.api").Api for one in GUARDING[name]]
    [answering] = [api for api in apis if hasattr(api, method.name)]
    source = inspect.getsource(getattr(answering, method.name))
    assert "FOUR_EYES.run(" in source
    assert "decision=shown(done.decision)" in source
    answered = [field.message_type for field in method.output_type.fields]
    assert decision_pb2.Decision.DESCRIPTOR in answered
    assert not access.read_only


@pytest.mark.parametrize("name", GUARDING)
def test_a_service_with_such_methods_decides_and_expires(name: str) -> None:
    assert METHODS[name].keys() >= {"ListDecisions", "ConfirmDecision", "DeclineDecision"}
    assert f"{name}__expire_decisions" in {job.name for job in COMPOSITIONS[name].jobs}
