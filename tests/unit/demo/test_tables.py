"""What happened can be read, and what to type can be copied, in a narrow terminal too."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from services.demo.command import how_to_call, table
from services.demo.scenario import StoryLine

LONG = "ptn_local_01m81fmerxeeea6xgznsje8by2"
LINES = [
    StoryLine("Partners", "Kontor für Datentechnik AG applies as distributor", LONG),
    StoryLine("Partners", "林小雨 becomes the contact of south", LONG),
]


def printed(what: RenderableType, width: int) -> str:
    out = StringIO()
    Console(file=out, width=width).print(what)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120, 200])
def test_a_table_fits_the_terminal_and_loses_nothing(width: int) -> None:
    text = printed(table("Partners", LINES), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    letters = "".join(text.split()).replace("│", "")
    assert letters.count(LONG) == len(LINES)
    assert "applies" in text
    assert "林小雨" in text


def test_a_command_to_copy_stands_on_one_line() -> None:
    out = StringIO()
    how_to_call(
        Console(file=out, width=80), "127.0.0.1:7400", "127.0.0.1:7480", stay=True, page="http://127.0.0.1:7490"
    )
    lines, method = out.getvalue().splitlines(), "prm.partners.v1.PartnerService/ListPartners"
    assert [line.split()[-1] for line in lines if "grpcurl -" in line] == ["list", method]
    assert [line.split()[-1] for line in lines if " curl -" in line] == [f"http://127.0.0.1:7480/{method}"]
