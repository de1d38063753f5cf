"""What to do about a file that cannot be written, by the error of the operating system."""

import errno
from pathlib import Path

_SPACE = "free some space, or choose another disk"
_PERMISSION = "choose a directory that you may write to"
_IN_USE = "close the program that uses it, or choose another name"

_ADVICE = {
    "ENOSPC": _SPACE,
    "EDQUOT": _SPACE,
    "EFBIG": "raise the limit of file sizes (ulimit -f), or choose another disk",
    "EACCES": _PERMISSION,
    "EPERM": _PERMISSION,
    "EROFS": "choose a directory on a disk that is not read-only",
    "ENOTDIR": "choose another path, because a file is in the way",
    "EISDIR": "give the name of a file, not of a directory",
    "EEXIST": "choose another path, because a file is in the way",
    "ENAMETOOLONG": "choose a shorter name",
    "ELOOP": "choose another path, because the symbolic links of this one form a circle",
    "EMFILE": "raise the limit of open files (ulimit -n)",
    "ENFILE": "close other programs, because the system has too many open files",
    "EBUSY": _IN_USE,
    "ETXTBSY": _IN_USE,
    "EIO": "check the disk, or choose another one",
}


def write_advice(path: Path, error: OSError, otherwise: str = "choose another place to write to") -> str:
    """Return how to fix an error while ``path`` was written or created.

    otherwise: the advice for errors that are not listed here.
    """
    name = errno.errorcode.get(error.errno or 0, "")
    if name == "ENOENT":
        missing = [directory for directory in path.parents if not directory.exists()]
        return f"create the directory {path.parent}, or choose another" if missing else otherwise
    return _ADVICE.get(name, otherwise)
