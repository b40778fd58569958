"""Reads a programme from TOML into the request that drafts it."""

from pathlib import Path

from libs.pb.prm.partners import v1 as pb
from libs.runtime.toml_request import read_request


def read_program(file: Path) -> pb.DraftProgramRequest:
    """The request that drafts the programme of a file; FileUnreadable."""
    return read_request(file, pb.DraftProgramRequest())
