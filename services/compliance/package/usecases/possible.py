"""The use case that lists aliases which resemble those of a request; an officer decides whether they are the
person's."""

import msgspec

from libs.call import Command
from services.compliance.package.usecases.export import handed_over
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import AliasField, SubjectAlias
from services.compliance.settings import Env


class GetPossibleAliases(Command, frozen=True, kw_only=True):
    """List aliases that resemble those of a request."""

    id: str


class PossibleAlias(msgspec.Struct, frozen=True, kw_only=True):
    """An alias that resembles one of a request. name: of the person that has it. row_count: the rows of `kind` in
    `service` that have it."""

    alias: SubjectAlias
    name: str
    service: str
    kind: str
    row_count: int


async def get_possible_aliases(env: Env, cmd: GetPossibleAliases) -> tuple[PossibleAlias, ...]:
    """The possible aliases in the answers of the present round, by service, those in most rows first. NotFound,
    ExportExpired, ExportForged."""
    request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    return tuple(
        PossibleAlias(
            alias=SubjectAlias(field=AliasField(one.field.name), value=one.value),
            name=one.name,
            service=holdings.service,
            kind=one.kind,
            row_count=one.rows,
        )
        for holdings in await handed_over(env, request, request.present_answers)
        for one in holdings.possible
    )
