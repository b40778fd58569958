"""A request for personal data asks every service that can answer, and no other."""

from services.compliance.requests.domain.request import SERVICES
from tests.contracts.proto.image import Image, built

ANSWER = "SubjectDataLocated"


def _answering(image: Image) -> tuple[str, ...]:
    """The services whose package has the event with which a service answers."""
    names = (name.split(".") for name, message in image.messages.items() if message.event is not None)
    return tuple(sorted(service for _, service, _, event in names if event == ANSWER))


def test_the_services_asked_for_personal_data_are_those_whose_protos_have_the_answer() -> None:
    assert _answering(built()) == SERVICES
