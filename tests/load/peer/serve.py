"""The peer's process: `python -m tests.load.peer.serve CONFIG.json PORT`, in the environment made of requirements.lock.

One uvicorn process with uvloop and httptools; its access log goes to stdout as it does by default.
"""

import json
import sys
from pathlib import Path

import uvicorn

from tests.load.peer.app import Config, make_app


def main() -> None:
    """Serve until SIGTERM."""
    config = Config(**json.loads(Path(sys.argv[1]).read_text()))
    uvicorn.run(make_app(config), host="127.0.0.1", port=int(sys.argv[2]), loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
