"""The use cases of the register: register, publish, file and end a transfer, and show it."""

from libs.call import Command, ResourceCommand
from libs.decisions.four_eyes import FourEyes
from libs.decisions.guarded import Guarded
from libs.document import same_content
from libs.errors import InvalidInput
from libs.store.port import Page, create
from services.compliance.settings import Env
from services.compliance.transfers.documents import TRANSFERS
from services.compliance.transfers.domain.states import TransferState
from services.compliance.transfers.domain.transfer import (
    Transfer,
    TransferFiling,
    TransferTerms,
    end,
    file,
    filing_violations,
    publish,
    register,
    state,
    terms_violations,
)
from services.compliance.transfers.usecases.stating import blocked_year


class RegisterTransfer(Command, frozen=True, kw_only=True):
    """Register a transfer with these terms."""

    terms: TransferTerms


class PublishTransfer(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""


class FileTransfer(ResourceCommand, frozen=True, kw_only=True):
    """Record what was filed for a transfer."""

    filing: TransferFiling


class EndTransfer(ResourceCommand, frozen=True, kw_only=True):
    """End a transfer, or discard a draft."""


class GetTransfer(Command, frozen=True, kw_only=True):
    """Get one transfer."""

    id: str


class ListTransfers(Command, frozen=True, kw_only=True):
    """List transfers; an empty filter matches all of them."""

    page_size: int = 0
    page_token: str = ""
    state: TransferState | None = None
    recipient_country: str = ""


async def register_transfer(env: Env, cmd: RegisterTransfer) -> Transfer:
    """The new transfer, in DRAFT. InvalidInput with every violation."""
    if wrong := list(terms_violations(cmd.terms, env.today())):
        raise InvalidInput(wrong)
    transfer, event = register(cmd.terms, id=env.ids.new("trf"), now=env.clock.now())
    return await env.commit(create(TRANSFERS, transfer), events=[event], call=cmd.call)


async def publish_transfer(env: Env, cmd: PublishTransfer) -> Transfer:
    """The transfer, PUBLISHED. WrongState, FilingMissing."""
    loaded = await env.load(TRANSFERS, cmd.id, call=cmd.call, etag=cmd.etag)
    published, event = publish(loaded.value, now=env.clock.now())
    transfer, stated = state(published, await blocked_year(env, published))
    return await env.commit(loaded.put(transfer), events=[event, stated], call=cmd.call)


async def file_transfer(env: Env, cmd: FileTransfer) -> Transfer:
    """The transfer with its filing; unchanged if it has this filing. InvalidInput, WrongState."""
    if wrong := list(filing_violations(cmd.filing, env.today())):
        raise InvalidInput(wrong)
    loaded = await env.load(TRANSFERS, cmd.id, call=cmd.call, etag=cmd.etag)
    transfer, event = file(loaded.value, cmd.filing, now=env.clock.now())
    if same_content(loaded.value, transfer):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(transfer), events=[event], call=cmd.call)


async def end_transfer(env: Env, cmd: EndTransfer) -> Transfer:
    """The transfer, ENDED. WrongState."""
    loaded = await env.load(TRANSFERS, cmd.id, call=cmd.call, etag=cmd.etag)
    transfer, event = end(loaded.value, now=env.clock.now())
    if transfer.publish_time is None:
        return await env.commit(loaded.put(transfer), events=[event], call=cmd.call)
    transfer, stated = state(transfer, 0)
    return await env.commit(loaded.put(transfer), events=[event, stated], call=cmd.call)


async def get_transfer(env: Env, cmd: GetTransfer) -> Transfer:
    """The transfer as it is now."""
    return await env.show(TRANSFERS, cmd.id, call=cmd.call)


async def list_transfers(env: Env, cmd: ListTransfers) -> Page[Transfer]:
    """One page of transfers by id."""
    filters = {"state": cmd.state, "terms.recipient_country": cmd.recipient_country}
    return await env.listing(TRANSFERS, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


# What lets data leave the cell takes two persons.
FOUR_EYES = FourEyes(
    Guarded(
        method="/prm.compliance.v1.TransferService/PublishTransfer",
        permission="compliance.transfer.publish",
        kind=TRANSFERS,
        command=PublishTransfer,
        use_case=publish_transfer,
        summary=lambda cmd, one: f"publish {one.id}: {one.terms.mechanism.name} to {one.terms.recipient_country}",
    )
)
