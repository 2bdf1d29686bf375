"""Where a file lies: SQLite's locks can't be trusted on a network file system, so a file of tasks is refused there."""

from __future__ import annotations

import os
import re
from pathlib import Path

#: Types of network file systems, as Linux names them.
NETWORK = frozenset((
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.curlftpfs", "fuse.davfs2", "fuse.glusterfs",
    "fuse.juicefs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "orangefs", "pvfs2", "smb3", "smbfs",
))  # fmt: skip
MOUNTS = "/proc/self/mountinfo"


def mounts(path: str = MOUNTS) -> str:
    """Return Linux' table of mounts, or "" on other systems."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def type_of(path: str | os.PathLike[str], table: str) -> str | None:
    r"""Return the type of the file system that a path lies on, or None where the table doesn't tell.

    Parameters
    ----------
    path : str or path
        Symbolic links are followed first.
    table : str
        As of `/proc/self/mountinfo`: the fifth field of a line is the mount point, the first behind " - " the type.

    Examples
    --------
    >>> table = "22 1 8:1 / / rw - ext4 /dev/sda rw\n31 22 0:44 / /srv/my\\040share rw shared:1 - nfs4 host:/x rw"
    >>> type_of("/srv/my share/tasks.db", table), type_of("/srv/tasks.db", table)
    ('nfs4', 'ext4')
    """
    real, best, found = Path(os.path.realpath(path)), -1, None
    for line in table.splitlines():
        mount, _, source = line.partition(" - ")
        fields = mount.split(" ")
        if len(fields) < 5 or not source:
            continue
        point = Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # A later line hides an earlier one at the same place.
        if len(point.parts) >= best and (point == real or point in real.parents):
            best, found = len(point.parts), source.split(" ")[0]
    return found


def network_type(path: str | os.PathLike[str], table: str) -> str | None:
    """Return the type of a network file system that a path lies on, or None where it lies on a local one."""
    kind = type_of(path, table)
    return kind if kind in NETWORK else None
