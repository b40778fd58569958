"""The days of a summary: those that no calendar of ours has are refused before anything is counted."""

import pytest
from google.type.date_pb2 import Date
from protovalidate import Validator

from libs.country import Cell, Directory
from libs.errors import InvalidInput
from libs.pb.prm.partners.v1 import GetQualitySummaryRequest
from libs.rpc.decode import Decoder

HERE = Directory(Cell(code="local", countries=("*",), time_zone="UTC", currency="EUR"))


def test_a_summary_of_the_first_and_last_days_of_all_is_refused_with_both_days_named() -> None:
    request = GetQualitySummaryRequest(
        first_day=Date(year=1, month=1, day=1), last_day=Date(year=9999, month=12, day=31)
    )
    with pytest.raises(InvalidInput) as refused:
        Decoder(GetQualitySummaryRequest.DESCRIPTOR, Validator(), HERE).check(request)
    assert [(one.field, one.reason) for one in refused.value.violations] == [
        ("first_day", "DATE_NEAR"),
        ("last_day", "DATE_NEAR"),
    ]
