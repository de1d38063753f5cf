"""What the operating system can do to a durable write: fail, be killed, or lose what was not fsynced.

Both classes stand for the module ``os`` in ``mnist_mlp.storage.durable``.
"""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

CALLS = frozenset({"open", "write", "fsync", "close", "replace", "unlink", "mkdir", "ftruncate"})

# What the full disk, the quota or the broken one refuses; it still closes, deletes and makes files shorter.
REFUSED = frozenset({"open", "write", "fsync", "replace", "mkdir"})

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EFBIG", "EROFS")


class Faults:
    """``os``, of which the ``at``-th call does ``fault`` (first half of its work done, if it writes)."""

    def __init__(self, at: int = 0, fault: Callable[[], None] = lambda: None, *, forever: bool = False) -> None:
        self.at, self.fault, self.forever = at, fault, forever
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            n = len(self.calls)
            if n == self.at or (self.forever and 0 < self.at < n and name in REFUSED):
                if name == "write":
                    descriptor, content = arguments
                    real(descriptor, content[: len(content) // 2])
                elif name == "close":  # a descriptor is closed even when close fails
                    real(*arguments)
                self.fault()
            return real(*arguments)

        return call


class ShortWrites(Faults):
    """``os`` of a system that takes a few bytes at a time."""

    def __getattr__(self, name: str) -> Any:
        real = super().__getattr__(name)
        return (lambda descriptor, content: real(descriptor, content[:99])) if name == "write" else real


def failing(name: str) -> Callable[[], None]:
    """A fault: this error."""
    number = getattr(errno, name)

    def fail() -> None:
        raise OSError(number, os.strerror(number))

    return fail


def kill() -> None:
    """A fault: the process is no more."""
    os.kill(os.getpid(), signal.SIGKILL)


class PowerCutError(BaseException):
    """The computer stopped: whatever follows in the program does not happen."""


class Inode:
    """A file, whatever its names: what of it is on the disk for sure, and a way to what was written."""

    def __init__(self, synced: bytes, path: Path) -> None:
        self.synced, self.path = synced, path


class Remains(NamedTuple):
    """What is found afterwards, by paths relative to the root."""

    directories: set[Path]
    files: dict[Path, bytes]

    def lay_out(self, root: Path) -> None:
        """Make it so under another root."""
        for directory in sorted(self.directories):
            (root / directory).mkdir(parents=True)
        for path, content in self.files.items():
            (root / path).write_bytes(content)


class PowerCut:
    """``os`` on a disk that keeps for sure only what was fsynced; the power goes at the ``at``-th call.

    A file's content is kept by its fsync, and its name by the fsync of its directory. What was not fsynced may be there
    after all, wholly or in part, and in any order: ``remains`` are the extremes.
    """

    def __init__(self, root: Path, at: int) -> None:
        self.root, self.at, self.n = root, at, 0
        self.opened: dict[int, Path] = {}
        files = [path for path in root.rglob("*") if path.is_file()]
        self.now = {path: Inode(path.read_bytes(), path) for path in files}
        self.kept = dict(self.now)
        self.directories_now = {path for path in root.rglob("*") if path.is_dir()}
        self.directories_kept = set(self.directories_now)

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any) -> Any:
            self.n += 1
            if self.n >= self.at:
                raise PowerCutError
            result = real(*arguments)
            getattr(self, f"after_{name}", lambda *_: None)(result, *arguments)
            return result

        return call

    def after_open(self, descriptor: int, path: Path, flags: int, mode: int = 0) -> None:
        self.opened[descriptor] = path
        if flags & os.O_CREAT:
            self.now.setdefault(path, Inode(b"", path))

    def after_fsync(self, _: None, descriptor: int) -> None:
        path = self.opened[descriptor]
        if path in self.now:
            self.now[path].synced = path.read_bytes()
            return
        names = {name for name in (*self.now, *self.kept) if name.parent == path}
        for name in names:
            if name in self.now:
                self.kept[name] = self.now[name]
            else:
                del self.kept[name]
        self.directories_kept |= {directory for directory in self.directories_now if directory.parent == path}

    def after_replace(self, _: None, source: Path, target: Path) -> None:
        self.now[target] = self.now.pop(source)
        self.now[target].path = target

    def after_unlink(self, _: None, path: Path) -> None:
        del self.now[path]

    def after_mkdir(self, _: None, path: Path) -> None:
        self.directories_now.add(path)

    def remains(self) -> Iterator[Remains]:
        """The extremes of what may be found afterwards."""
        for names, directories in ((self.kept, self.directories_kept), (self.now, self.directories_now)):
            for share in (0.0, 0.5, 1.0):
                there = directories | {self.root}
                found = {path: inode for path, inode in names.items() if path.parent in there}
                yield Remains(
                    {path.relative_to(self.root) for path in directories},
                    {path.relative_to(self.root): self._content(inode, share) for path, inode in found.items()},
                )

    def _content(self, inode: Inode, share: float) -> bytes:
        """The fsynced part, and ``share`` of what was written beyond it."""
        if self.now.get(inode.path) is not inode:  # replaced or deleted since: nobody writes to it any more
            return inode.synced
        written = inode.path.read_bytes()
        if written == inode.synced:
            return written
        if written.startswith(inode.synced):  # it grew
            return written[: len(inode.synced) + int(share * (len(written) - len(inode.synced)))]
        return inode.synced if share == 0 else written[: int(share * len(written))]
