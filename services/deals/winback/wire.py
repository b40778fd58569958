"""Protobuf to the command, customers to be won back to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.deals import v1 as pb
from services.deals.winback.domain import WinBack
from services.deals.winback.usecases import ListWinBacks, Page

LIST = Mapper(ListWinBacks, pb.ListWinBacksRequest)
_ROW = Mapper(WinBack, pb.WinBack)


def page(found: Page) -> pb.ListWinBacksResponse:
    """A page to protobuf."""
    rows = [_ROW.encode(one) for one in found.found]
    return pb.ListWinBacksResponse(win_backs=rows, next_page_token=found.next_page_token)
