"""The RPCs for decisions, the same in every service with four-eyes methods."""

from types import ModuleType
from typing import Any

from libs.call import Call
from libs.decisions.decision import Decision
from libs.decisions.four_eyes import ConfirmDecision, DeclineDecision, FourEyes, ListDecisions
from libs.env import Env
from libs.mapping import Mapper
from libs.pb.prm.common.v1 import decision_pb2

_DECISION = Mapper(Decision, decision_pb2.Decision)


def shown(decision: Decision | None) -> decision_pb2.Decision | None:
    """The message for a decision, in the answer of a guarded method too; None for None."""
    return _DECISION.encode(decision) if decision is not None else None


class DecisionMethods:
    """ListDecisions, ConfirmDecision and DeclineDecision, for a servicer that derives from this class. requests: the
    generated module of the service's `decision_requests.proto`, which has the same messages in every service."""

    def __init__(self, env: Env[Any], four_eyes: FourEyes, requests: ModuleType) -> None:
        self._env = env
        self._four_eyes = four_eyes
        self._answers = requests
        self._list = Mapper(ListDecisions, requests.ListDecisionsRequest)
        self._confirm = Mapper(ConfirmDecision, requests.ConfirmDecisionRequest)
        self._decline = Mapper(DeclineDecision, requests.DeclineDecisionRequest)

    async def ListDecisions(self, request: Any, call: Call) -> Any:
        page = await self._four_eyes.list(self._env, self._list.decode(request, call=call))
        found = [shown(loaded.value) for loaded in page.rows]
        return self._answers.ListDecisionsResponse(decisions=found, next_page_token=page.next_cursor)

    async def ConfirmDecision(self, request: Any, call: Call) -> Any:
        done = await self._env.run(self._four_eyes.confirm, self._confirm.decode(request, call=call))
        return self._answers.ConfirmDecisionResponse(decision=shown(done))

    async def DeclineDecision(self, request: Any, call: Call) -> Any:
        done = await self._env.run(self._four_eyes.decline, self._decline.decode(request, call=call))
        return self._answers.DeclineDecisionResponse(decision=shown(done))
