"""What a process of the product writes is for its owner alone: stores, keys, packages, trails, reports.

Whoever runs a process may have any umask; `keep_to_owner` sets it for everything that is made from then on, also by
libraries and child processes. What must be so although it is there already is opened with `private`.
"""

import os
import stat

FILE_MODE, FOLDER_MODE = 0o600, 0o700


def keep_to_owner() -> None:
    """From now on this process and its children make files of mode 600 and folders of mode 700 at most."""
    os.umask(0o777 & ~FOLDER_MODE)


def private(path: str, flags: int) -> int:
    """The `opener` of an `open` that writes: the file is its owner's alone, one that is written over too. OSError."""
    file = os.open(path, flags, FILE_MODE)
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):  # not a terminal, a pipe, /dev/null
            os.fchmod(file, FILE_MODE)
    except OSError:
        os.close(file)
        raise
    return file
