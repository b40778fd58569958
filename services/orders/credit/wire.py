"""Protobuf to commands and credit accounts to protobuf, by field name."""

from msgspec.structs import replace

from libs.mapping import Mapper, encode_money
from libs.partner import CreditProposal
from libs.pb.prm.common import v1 as common
from libs.pb.prm.orders import v1 as pb
from services.orders.credit import usecases
from services.orders.credit.domain import CreditAccount

SET_TERMS = Mapper(usecases.SetCreditTerms, pb.SetCreditTermsRequest)
GET_ACCOUNT = Mapper(usecases.GetCreditAccount, pb.GetCreditAccountRequest)
_ACCOUNT = Mapper(CreditAccount, pb.CreditAccount)
_PROPOSAL = Mapper(CreditProposal, common.CreditProposal)


def account(one: CreditAccount | None) -> pb.CreditAccount | None:
    """The account as a message, with the version of the terms as etag; None for None."""
    if one is None:
        return None
    message = _ACCOUNT.encode(replace(one, version=one.terms_version))
    message.exposure.CopyFrom(encode_money(one.exposure))
    message.available.CopyFrom(encode_money(one.available))
    message.open_credits.CopyFrom(encode_money(one.owed))
    return message


def standing(found: usecases.CreditStanding) -> pb.GetCreditAccountResponse:
    """The account and the proposal, each absent if there is none."""
    proposal = _PROPOSAL.encode(found.proposed_limit) if found.proposed_limit else None
    return pb.GetCreditAccountResponse(credit_account=account(found.account), proposed_limit=proposal)
