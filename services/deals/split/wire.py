"""Protobuf to commands, splits and shares to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.deals.split import usecases
from services.deals.split.domain import CreditShare, CreditSplit, CreditSplitRow

RECORD = Mapper(usecases.RecordCreditSplit, pb.RecordCreditSplitRequest)
GET = Mapper(usecases.GetCreditSplit, pb.GetCreditSplitRequest)
LIST = Mapper(usecases.ListCreditShares, pb.ListCreditSharesRequest)
SPLIT = Mapper(CreditSplit, pb.CreditSplit)
_ROW = Mapper(CreditSplitRow, pb.CreditSplitRow)
_SHARE = Mapper(CreditShare, pb.CreditShare)


def shown(found: usecases.SplitShown) -> pb.GetCreditSplitResponse:
    """A split with the row that counts to protobuf."""
    current = _ROW.encode(found.current) if found.current else None
    return pb.GetCreditSplitResponse(split=SPLIT.encode(found.split), current=current)


def shares(page: Page[CreditShare]) -> pb.ListCreditSharesResponse:
    """A page of shares to protobuf."""
    rows = [
        _SHARE.encode(one.value, basis_points=one.value.basis_points, rest_basis_points=one.value.rest_basis_points)
        for one in page.rows
    ]
    return pb.ListCreditSharesResponse(shares=rows, **page_end(page))
