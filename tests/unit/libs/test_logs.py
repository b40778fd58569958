"""What is logged is fields, one line each; never a value that may be about a person."""

import io
import json
import logging
from typing import Any

import pytest
import structlog

from libs.errors import InvalidInput, NotFound, Violation
from libs.logs import Secret, configure, describe


def logged(out: io.BytesIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all("time" in line for line in lines)
    return [{key: value for key, value in line.items() if key != "time"} for line in lines]


def test_an_event_is_a_line_of_json_with_its_fields() -> None:
    out = io.BytesIO()
    configure("info", out=out, console=False)
    structlog.get_logger().info("registration_approved", id="reg_de_1")
    assert logged(out) == [{"level": "info", "event": "registration_approved", "id": "reg_de_1"}]


def test_events_below_the_level_are_not_written() -> None:
    out = io.BytesIO()
    configure("warning", out=out, console=False)
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in logged(out)] == ["loud"]


@pytest.mark.parametrize("console", [False, True])
def test_a_secret_prints_as_stars_wherever_it_ends_up(console: bool) -> None:
    out, name = io.BytesIO(), Secret("Max Mustermann")
    configure("info", out=out, console=console)
    structlog.get_logger().info("person_added", name=name, nested={"names": [name]}, text=f"{name} {name!r} {name:>20}")
    assert "Mustermann" not in out.getvalue().decode()
    assert "***" in out.getvalue().decode()
    assert (str(name), repr(name), f"{name}", name.reveal()) == ("***", "***", "***", "Max Mustermann")
    assert {name: 1}[Secret("Max Mustermann")] == 1


def look_up(known: dict[str, int], name: str) -> int:
    try:
        return known[name]
    except KeyError as err:
        raise ValueError(name) from err


def test_an_exception_is_logged_with_its_place_and_without_the_value_in_its_text() -> None:
    out = io.BytesIO()
    configure("info", out=out, console=False)
    with pytest.raises(ValueError, match="Max") as caught:
        look_up({}, "Max Mustermann")
    structlog.get_logger().error("failed", cause=caught.value)
    [line] = logged(out)
    assert line["cause"] == "ValueError, from KeyError"
    assert line["trace"][-1].endswith(" look_up")
    assert "Mustermann" not in out.getvalue().decode()


def test_the_text_of_an_exception_is_logged_where_it_is_ours_or_the_interpreters() -> None:
    assert describe(NotFound("row", "row_de_1")) == "NotFound: row row_de_1 does not exist"
    assert describe(FileNotFoundError(2, "No such file", "x")) == "FileNotFoundError: [Errno 2] No such file: 'x'"
    assert describe(InvalidInput([Violation("name", "'Max' is no name")])) == "InvalidInput"
    assert describe(ExceptionGroup("Max", [TypeError("int"), ValueError("Max")])) == (
        "ExceptionGroup (TypeError: int; ValueError)"
    )


def test_what_a_library_logs_comes_without_its_arguments() -> None:
    out = io.BytesIO()
    configure("info", out=out, console=False)
    logging.getLogger("some.library").warning("cannot handle %s", "Max Mustermann")
    logging.getLogger("some.library").info("chatter")
    assert logged(out) == [
        {"level": "warning", "event": "library_log", "library": "some.library", "message": "cannot handle %s"}
    ]
