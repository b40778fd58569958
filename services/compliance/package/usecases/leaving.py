"""A package for a recipient in another country leaves the cell: a registered transfer must permit it, and its persons
count."""

from libs.store.port import create
from libs.transfers.exits import TransferRefused
from services.compliance.package.usecases.export import ExportRequest
from services.compliance.requests.documents import REQUESTS
from services.compliance.requests.domain.request import SubjectRequest, persons
from services.compliance.settings import Env
from services.compliance.transfers.documents import RECORDS
from services.compliance.transfers.domain.flow import TransferFlow
from services.compliance.transfers.reads import COUNTING, identity_of, settled

PURPOSE = "essential.legal_obligation"
CATEGORIES = ("user",)  # a package has whatever the cell holds about the person


async def require_permitted(env: Env, cmd: ExportRequest) -> None:
    """Record that the package leaves for the recipient's country, if the cell does not serve it. Call it before
    anything is sent. TransferRefused, which is recorded too; InvalidInput, WrongCell, NotFound."""
    if not cmd.recipient_country or env.directory.here.serves(cmd.recipient_country):
        return
    request = await env.show(REQUESTS, cmd.id, call=cmd.call)
    async with env.settings.locks.of(COUNTING):
        found = await settled(env, _flow(cmd, request))
        record = await env.commit(create(RECORDS, found.record), *found.writes, events=found.events, call=cmd.call)
    if not record.allowed:
        raise TransferRefused(cmd.transfer_id, record.refusals[0].reason.name)


def _flow(cmd: ExportRequest, request: SubjectRequest) -> TransferFlow:
    return TransferFlow(
        transfer_id=cmd.transfer_id,
        purpose=PURPOSE,
        categories=CATEGORIES,
        recipient_country=cmd.recipient_country,
        persons=tuple(one for one in persons(request) if identity_of(one)),
    )
