"""Asking how to generate the modules generates nothing."""

import subprocess
import sys
from pathlib import Path

import libs.pb

GENERATE = Path(__file__).parents[3] / "proto" / "generate.py"


def test_a_question_and_a_mistake_leave_the_modules_alone() -> None:
    image = Path(libs.pb.__path__[0]) / "image.binpb"
    before = image.stat()
    for argument, code in (("--help", 0), ("--no-such", 2), ("--client", 2)):
        done = subprocess.run([sys.executable, GENERATE, argument], capture_output=True, text=True, check=False)
        assert (done.returncode, "--client FOLDER" in done.stdout + done.stderr) == (code, True)
    assert (image.stat().st_ino, image.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
