"""Protobuf to commands; funds, entries and requests to protobuf, by field name."""

from libs.mapping import Mapper, encode_money
from libs.pb.prm.partners import v1 as pb
from services.partners.funds.domain.fund import Fund
from services.partners.funds.domain.ledger import FundEntry
from services.partners.funds.domain.request import FundingRequest
from services.partners.funds.usecases import funds, requests

ENTRY = Mapper(FundEntry, pb.FundEntry)
REQUEST = Mapper(FundingRequest, pb.FundingRequest)

OPEN = Mapper(funds.OpenFund, pb.OpenFundRequest)
TOP_UP = Mapper(funds.TopUpFund, pb.TopUpFundRequest)
GET = Mapper(funds.GetFund, pb.GetFundRequest)
LIST = Mapper(funds.ListFunds, pb.ListFundsRequest)
LIST_ENTRIES = Mapper(funds.ListFundEntries, pb.ListFundEntriesRequest)
CREATE_REQUEST = Mapper(requests.CreateFundingRequest, pb.CreateFundingRequestRequest)
SUBMIT_REQUEST = Mapper(requests.SubmitFundingRequest, pb.SubmitFundingRequestRequest)
CANCEL_REQUEST = Mapper(requests.CancelFundingRequest, pb.CancelFundingRequestRequest)
APPROVE_REQUEST = Mapper(requests.ApproveFundingRequest, pb.ApproveFundingRequestRequest)
REJECT_REQUEST = Mapper(requests.RejectFundingRequest, pb.RejectFundingRequestRequest)
GET_REQUEST = Mapper(requests.GetFundingRequest, pb.GetFundingRequestRequest)
LIST_REQUESTS = Mapper(requests.ListFundingRequests, pb.ListFundingRequestsRequest)
_FUND = Mapper(Fund, pb.Fund)


def fund(found: Fund) -> pb.Fund:
    """The fund, with what is available."""
    return _FUND.encode(found, available=encode_money(found.available))
