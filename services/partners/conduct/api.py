"""The gRPC side of conduct: decode, call one use case, encode."""

from libs.call import Call
from libs.decisions.api import shown
from libs.pb.prm.partners import v1 as pb
from libs.store.paging import page_end
from services.partners.conduct import wire
from services.partners.conduct.domain.case import ConductCase
from services.partners.conduct.reads import left_of
from services.partners.conduct.usecases import cases, deciding, record, rules
from services.partners.conduct.usecases.deciding import FOUR_EYES
from services.partners.settings import Env


class Api:
    """The RPCs for rules of conduct, cases, appeals and records."""

    def __init__(self, env: Env) -> None:
        self._env = env

    async def PutConductRule(self, request: pb.PutConductRuleRequest, call: Call) -> pb.PutConductRuleResponse:
        rule = await self._env.run(rules.put_conduct_rule, wire.PUT_RULE.decode(request, call=call))
        return pb.PutConductRuleResponse(conduct_rule=wire.RULE.encode(rule))

    async def ListConductRules(self, request: pb.ListConductRulesRequest, call: Call) -> pb.ListConductRulesResponse:
        page = await rules.list_conduct_rules(self._env, wire.LIST_RULES.decode(request, call=call))
        found = [wire.RULE.encode(loaded.value) for loaded in page.rows]
        return pb.ListConductRulesResponse(conduct_rules=found, **page_end(page))

    async def OpenConductCase(self, request: pb.OpenConductCaseRequest, call: Call) -> pb.OpenConductCaseResponse:
        done = await self._env.run(cases.open_conduct_case, wire.OPEN.decode(request, call=call))
        return pb.OpenConductCaseResponse(conduct_case=self._shown(done, call))

    async def DecideConductCase(self, request: pb.DecideConductCaseRequest, call: Call) -> pb.DecideConductCaseResponse:
        done = await FOUR_EYES.run(self._env, wire.decide(request, call))
        return pb.DecideConductCaseResponse(
            conduct_case=self._shown(done.resource, call), decision=shown(done.decision)
        )

    async def SubmitConductStatement(
        self, request: pb.SubmitConductStatementRequest, call: Call
    ) -> pb.SubmitConductStatementResponse:
        done = await self._env.run(cases.submit_conduct_statement, wire.STATEMENT.decode(request, call=call))
        return pb.SubmitConductStatementResponse(conduct_case=self._shown(done, call))

    async def AppealConductCase(self, request: pb.AppealConductCaseRequest, call: Call) -> pb.AppealConductCaseResponse:
        done = await self._env.run(cases.appeal_conduct_case, wire.APPEAL.decode(request, call=call))
        return pb.AppealConductCaseResponse(conduct_case=self._shown(done, call))

    async def DecideConductAppeal(
        self, request: pb.DecideConductAppealRequest, call: Call
    ) -> pb.DecideConductAppealResponse:
        done = await self._env.run(deciding.decide_conduct_appeal, wire.DECIDE_APPEAL.decode(request, call=call))
        return pb.DecideConductAppealResponse(conduct_case=self._shown(done, call))

    async def GetConductCase(self, request: pb.GetConductCaseRequest, call: Call) -> pb.GetConductCaseResponse:
        found = await cases.get_conduct_case(self._env, wire.GET.decode(request, call=call))
        return pb.GetConductCaseResponse(conduct_case=self._shown(found, call))

    async def ListConductCases(self, request: pb.ListConductCasesRequest, call: Call) -> pb.ListConductCasesResponse:
        page = await cases.list_conduct_cases(self._env, wire.LIST.decode(request, call=call))
        found = [self._shown(loaded.value, call) for loaded in page.rows]
        return pb.ListConductCasesResponse(conduct_cases=found, **page_end(page))

    async def GetConductRecord(self, request: pb.GetConductRecordRequest, call: Call) -> pb.GetConductRecordResponse:
        return wire.whole_record(await record.get_conduct_record(self._env, wire.GET_RECORD.decode(request, call=call)))

    def _shown(self, case: ConductCase, call: Call) -> pb.ConductCase:
        return wire.case(case, call, left_of(self._env, [case], self._env.clock.now()))
