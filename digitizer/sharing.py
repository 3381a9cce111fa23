"""What is made in a folder that several people of one group write to.

Whoever shares a workspace makes its folder first, with a group that may write to it. Most
systems' umask then keeps every new folder and file in it from the group, so that the next
person's run could save nothing: these give the group what their owner has.
"""

import contextlib
import stat
from pathlib import Path


def share(made: Path) -> None:
    """Give the group its owner's rights to a new file or folder, where its folder is the group's.

    Where the folder is not the group's to write, or the rights cannot be changed, all stays.
    """
    with contextlib.suppress(OSError):
        if made.absolute().parent.stat().st_mode & stat.S_IWGRP:
            mode = stat.S_IMODE(made.stat().st_mode)
            made.chmod(mode | (mode & stat.S_IRWXU) >> 3)


def make_folder(folder: Path) -> None:
    """Make a folder of a workspace where it is missing, and share it. Raises OSError."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        # A file of that name says so where something is written into it.
        return
    share(folder)
