"""A request as it comes in, and answers of services."""

from services.compliance.clocks.domain.regimes import Regime
from services.compliance.requests.domain.request import KindCount, ServiceAnswer, SubjectRequest
from services.compliance.requests.domain.states import IdentityProof, RequestChannel, RequestType
from tests.builders import NOW, an_id

CASE = an_id("dsr")


def a_request(**fields: object) -> SubjectRequest:
    content: dict[str, object] = {
        "type": RequestType.ACCESS,
        "regime": Regime.GDPR,
        "country": "DE",
        "channel": RequestChannel.EMAIL,
        "identity_proof": IdentityProof.ACCOUNT,
        "alias_hashes": ("a",),
        **fields,
    }
    return SubjectRequest(id=CASE, receive_time=NOW, create_time=NOW, update_time=NOW, **content)  # type: ignore[arg-type]  # named fields


def an_answer(service: str, round: int = 1, hashes: tuple[str, ...] = ("a",), rows: int = 1) -> ServiceAnswer:
    return ServiceAnswer(
        service=service,
        round=round,
        counts=(KindCount(kind="thing", rows=rows),),
        alias_hashes=hashes,
        object_name=f"{CASE}/{round}/{service}",
        sha256="0" * 64,
        signature="0" * 128,
        answer_time=NOW,
    )
