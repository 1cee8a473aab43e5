"""The disk. What these functions write is readable by its owner alone, and is there after a power cut.

No function here follows a symbolic link in the last part of a path, and each turns an error of the system
into a StateError that names the file.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pingconf.model.errors import StateError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW if os.name == "posix" else getattr(os, "O_BINARY", 0)


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turn an error of the system into a StateError such as `Cannot write PATH: No space left on device`."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StateError(f"{path} is a symbolic link; name the file itself") from error
        raise StateError(f"Cannot {doing} {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise StateError(f"Cannot {doing} {str(path)!r}: {error}") from error


def read_file(path: Path) -> bytes | None:
    """All bytes of a regular file, or None where nothing has this name."""
    with explained("read", path):
        refuse_unless_regular(path)
        try:
            fd = os.open(path, os.O_RDONLY | _SAFELY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        with open(fd, "rb") as file:
            _refuse_mode(path, os.fstat(file.fileno()).st_mode)
            return file.read()


def refuse_unless_regular(path: Path) -> None:
    """Raise StateError for a link, a folder, a pipe or a device; a name that is free is fine."""
    with explained("read", path):
        try:
            mode = os.lstat(path).st_mode
        except FileNotFoundError:
            return
    _refuse_mode(path, mode)


def _refuse_mode(path: Path, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise StateError(f"{path} is a symbolic link; name the file itself")
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe, a socket or a device"
        raise StateError(f"{path} is {what}; a regular file is needed")


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, for their owner alone; folders that exist stay as they are."""
    with explained("make the folder", folder):
        if folder.is_dir():
            return
        make_folder(folder.parent)
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
        sync_folder(folder.parent)


def create_file(path: Path) -> int:
    """A descriptor of a new, empty, private file; whatever had the name is removed, not followed."""
    remove_file(path)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFELY, PRIVATE_FILE)
    if os.name == "posix":
        os.fchmod(fd, PRIVATE_FILE)
    return fd


def reopen_file(path: Path, length: int) -> int:
    """A descriptor to append behind the first `length` bytes of a file; what lies beyond is cut off."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | _SAFELY)
    os.ftruncate(fd, length)
    return fd


def write_durably(fd: int, data: bytes) -> None:
    """Write everything and return when the disk has it: one write and one fsync, unless the disk is full."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
    os.fsync(fd)


def write_aside(path: Path, data: bytes) -> Path:
    """Write durably to a private file beside `path`, ready to be renamed onto it."""
    aside = path.with_name(f"{path.name}.tmp")
    fd = create_file(aside)
    try:
        write_durably(fd, data)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
    finally:
        os.close(fd)
    return aside


def put_file(path: Path, data: bytes, *, mode: int = PRIVATE_FILE) -> None:
    """Make a file of these bytes, or put them in the place of those there: whole or not at all."""
    refuse_unless_regular(path)
    with explained("write", path):
        aside = write_aside(path, data)
        if mode != PRIVATE_FILE:
            aside.chmod(mode)
        move_file(aside, path)
        sync_folder(path.parent)


def move_file(path: Path, onto: Path) -> None:
    """Give a file another name in the same folder; whatever had that name is replaced in the same instant."""
    os.replace(path, onto)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def close_file(fd: int) -> None:
    """Let go of a descriptor."""
    os.close(fd)


def remove_file(path: Path) -> None:
    """Take a name away; one that is free already is fine."""
    with suppress(FileNotFoundError):
        os.unlink(path)
