"""Files, whole or not at all: a full disk or a `kill -9` leaves the old file or the new one, never half of one.

Four steps:

1. write into a new file in the same folder;
2. fsync it: its bytes are on the disk;
3. rename it over the target: one step, which the file system does wholly or not;
4. fsync the folder: the new name is on the disk.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from pathlib import Path

from chainrule.errors import ModelFileError

#: What marks a temporary file as ours.
TEMPORARY_SUFFIX = ".chainrule-tmp"
#: A temporary not written to for so long belongs to a process that is gone; a younger one may be another's at work.
ABANDONED_AFTER_SECONDS = 600
#: Answers of file systems that can't fsync a folder, which then need not be.
NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space and save again",
    errno.EDQUOT: "the disk quota is used up; free some space and save again",
    errno.EACCES: "there is no permission to write there; choose another folder",
    errno.EPERM: "there is no permission to write there; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder; choose a file name",
}


class ModelWriteError(ModelFileError, OSError):
    """A model could not be written; the file that was there before is untouched. `errno` is the system's."""


class ModelNotFoundError(ModelFileError, FileNotFoundError):
    """There is no model file at that path."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    ModelWriteError
        If it can't be written; what was there before is untouched, and nothing is left behind.
    """
    target = Path(os.path.realpath(path))  # a link stays a link: the file it points to is replaced
    if target.is_dir():
        raise _write_error(path, OSError(errno.EISDIR, ""))
    if not target.parent.exists():
        raise ModelWriteError(f"Can't write {str(path)!r}: there is no folder {str(target.parent)!r}; make it first.")
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        _sweep(target.parent)
        _write_and_sync(temporary, data)  # 1, 2
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        os.replace(temporary, target)  # 3
        _sync_folder(target.parent)  # 4
    except OSError as error:
        raise _write_error(path, error) from None
    finally:
        # After the rename there is no such file; before it, not even Ctrl-C leaves one behind.
        with contextlib.suppress(OSError):
            temporary.unlink()


def _write_and_sync(path: Path, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return  # Windows can't open a folder, and its rename is durable by itself
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno in NO_FOLDER_SYNC:
            return
        raise
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Delete the temporaries that killed processes left in a folder."""
    oldest = time.time() - ABANDONED_AFTER_SECONDS
    for left in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):  # another process may sweep too, or own it
            if left.lstat().st_mtime < oldest:
                left.unlink()


def _write_error(path: Path, error: OSError) -> ModelWriteError:
    reason = _REASONS.get(error.errno or 0) or (error.strerror or str(error))
    failure = ModelWriteError(f"Can't write {str(path)!r}: {reason}.")
    failure.errno = error.errno
    return failure


def read_whole(path: Path, limit: int | None = None) -> tuple[bytes, int]:
    """Return a file's bytes (at most `limit` of them) and its size.

    Raises
    ------
    ModelFileError
        If there is none, it is no ordinary file, or it can't be read.
    """
    try:
        # Looked at before it is opened: opening a named pipe would wait for ever.
        if path.is_dir():
            raise ModelFileError(f"{str(path)!r} is a folder, not a model file.")
        if not stat.S_ISREG(path.stat().st_mode):
            raise ModelFileError(f"{str(path)!r} is not an ordinary file.")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return file.read(size if limit is None else min(size, limit)), size
    except FileNotFoundError:
        raise ModelNotFoundError(f"There is no model file {str(path)!r}.") from None
    except PermissionError:
        raise ModelFileError(f"There is no permission to read {str(path)!r}.") from None
    except OSError as error:
        raise ModelFileError(f"Can't read {str(path)!r}: {error.strerror or error}.") from None
