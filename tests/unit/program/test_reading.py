"""A programme in TOML becomes the request that drafts it, and what is no programme is refused with its place."""

from pathlib import Path

import pytest

from libs.pb.prm.partners import v1 as pb
from libs.runtime.toml_request import BYTES_AT_MOST, FileUnreadable, parse_request
from services.partners.program.domain.rules import content_violations
from services.partners.program.reads import MEASURES
from services.partners.program.wire import DRAFT
from services.program.calling import progress_lines
from services.program.reading import read_program
from tests.builders import a_call

SAMPLE = Path("services/program/channel.toml")


def test_the_sample_is_a_right_programme() -> None:
    content = DRAFT.decode(read_program(SAMPLE), call=a_call()).content
    assert [*content_violations(content, measures=MEASURES, tracks=())] == []
    assert [(one.code, one.rank, len(one.groups)) for one in content.levels] == [
        ("BASIC", 1, 0),
        ("SILVER", 2, 1),
        ("GOLD", 3, 2),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("code = ", "Invalid value"),
        ("kode = 'X'", "kode"),
        ("review_every = 'DAILY'", "REVIEW_PERIOD_DAILY"),
        ("effective_day = 'tomorrow'", "effective_day"),
        ("levels = 3", "levels"),
        ("levels = [{rank = 'first'}]", "rank"),
    ],
)
def test_what_is_no_programme_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(FileUnreadable, match=why):
        parse_request(text, pb.DraftProgramRequest())


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    binary, huge = tmp_path / "binary", tmp_path / "huge"
    binary.write_bytes(b"\xff\xfe")
    huge.write_bytes(b"#" * (BYTES_AT_MOST + 1))
    for file in (tmp_path / "none", tmp_path, binary, huge):
        with pytest.raises(FileUnreadable):
            read_program(file)


def test_progress_is_shown_line_by_line() -> None:
    day = {"year": 2026, "month": 3, "day": 2}
    one = pb.RequirementProgress(
        metric="REVENUE_INVOICED",
        comparison=pb.COMPARISON_AT_LEAST,
        status=pb.REQUIREMENT_STATUS_NOT_MET,
        have="12.5",
        need="100",
        missing="87.5",
        unit=pb.REQUIREMENT_UNIT_MONEY,
        currency="EUR",
        first_day={**day, "month": 1, "day": 1},
        last_day=day,
        rates=[pb.RateUsed(from_currency="USD", to_currency="EUR", day=day, rate="0.9")],
    )
    level = pb.LevelProgress(code="GOLD", groups=[pb.GroupProgress(requirements=[one])])
    at = pb.HeldLevel(code="BASIC", rank=1)
    held = pb.Enrolment(partner_id="ptn", program="CHANNEL", level=at, earned=at)
    lines = [*progress_lines(pb.GetTierProgressResponse(enrolment=held, program_number=1, levels=[level], day=day))]
    assert lines[0] == "ptn is in CHANNEL at BASIC; it has earned BASIC"
    assert lines[-2:] == [
        "GOLD\tnot met",
        "  NOT_MET\tREVENUE_INVOICED\thas 12.5 EUR, needs at least 100 EUR, misses 87.5 EUR\t2026-01-01 to 2026-03-02"
        "; 1 USD = 0.9 EUR (2026-03-02)",
    ]
