"""Only their owner can read the files that a process of the product writes: stores, keys, packages, trails, reports.

`keep_to_owner` sets the umask, so it covers all files made from then on, also by libraries and child processes. Open a
file that may exist already with `private`, which corrects its mode.
"""

import os
import resource
import stat

FILE_MODE, FOLDER_MODE = 0o600, 0o700


def keep_to_owner() -> None:
    """Set the umask: this process and its children create files with mode 600 and folders with mode 700 at most."""
    os.umask(0o777 & ~FOLDER_MODE)


def leave_no_core() -> None:
    """This process and its children write no core dump, which would have their memory with keys and persons."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def private(path: str, flags: int) -> int:
    """An `opener` for `open` to write with: gives the file mode 600, an existing one too; its descriptor. OSError."""
    file = os.open(path, flags, FILE_MODE)
    try:
        if stat.S_ISREG(os.fstat(file).st_mode):  # not a terminal, a pipe, /dev/null
            os.fchmod(file, FILE_MODE)
    except OSError:
        os.close(file)
        raise
    return file
