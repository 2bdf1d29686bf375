"""Durable writes: the old file or the new one, never half of one."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys

import pytest

from chainrule.errors import ModelFileError
from chainrule.saving import disk
from chainrule.saving.disk import ModelNotFoundError, ModelWriteError, read_whole, write_atomically
from chainrule.saving.paths import source_of, target_of


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "m.safetensors"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_the_steps_come_in_order(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(os, "replace", lambda *paths: (steps.append("rename"), replace(*paths))[1])
    write_atomically(tmp_path / "m", b"one")
    assert steps == (["fsync", "rename", "fsync"] if os.name == "posix" else ["fsync", "rename"])


def failing(number):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("step", "number", "said"),
    [
        ("fsync", errno.ENOSPC, "the disk is full; free some space and save again"),
        ("fsync", errno.EIO, os.strerror(errno.EIO)),
        ("replace", errno.EACCES, "there is no permission to write there"),
        ("replace", errno.EROFS, "the disk is read-only"),
    ],
)
def test_what_was_there_stays_when_writing_fails(tmp_path, monkeypatch, step, number, said):
    path = tmp_path / "m.safetensors"
    write_atomically(path, b"good")
    monkeypatch.setattr(os, step, failing(number))
    with pytest.raises(ModelWriteError) as caught:
        write_atomically(path, b"new")
    assert said in str(caught.value) and str(path) in str(caught.value)
    assert caught.value.errno == number
    assert isinstance(caught.value, OSError) and isinstance(caught.value, ModelFileError)
    assert caught.value.__suppress_context__
    assert path.read_bytes() == b"good"
    assert os.listdir(tmp_path) == ["m.safetensors"]


def test_no_permission_to_make_the_file(tmp_path, monkeypatch):
    # Tests may run as root, whom no folder refuses.
    monkeypatch.setattr("builtins.open", failing(errno.EACCES))
    with pytest.raises(ModelWriteError, match="no permission to write there; choose another folder"):
        write_atomically(tmp_path / "m", b"new")


def test_ctrl_c_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "m", b"new")
    assert os.listdir(tmp_path) == []


def test_refuses_a_folder_and_a_missing_folder(tmp_path):
    with pytest.raises(ModelWriteError, match="it is a folder; choose a file name"):
        write_atomically(tmp_path, b"new")
    with pytest.raises(ModelWriteError, match=r"there is no folder '.*missing'; make it first"):
        write_atomically(tmp_path / "missing" / "m", b"new")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelWriteError, match="not a folder"):
        write_atomically(tmp_path / "file" / "m", b"new")


def test_sweeps_old_temporaries_and_leaves_young_ones(tmp_path):
    old, young, other = (tmp_path / name for name in (".a.1.chainrule-tmp", ".b.2.chainrule-tmp", ".c.tmp"))
    for path in (old, young, other):
        path.write_bytes(b"")
    for path in (old, other):
        os.utime(path, (0, 0))
    write_atomically(tmp_path / "m", b"new")
    assert not old.exists() and young.exists() and other.exists()


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_stays_a_link_and_rights_are_kept(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"one")
    real.chmod(0o640)
    link.symlink_to(real)
    write_atomically(link, b"two")
    assert link.is_symlink() and real.read_bytes() == b"two" and real.stat().st_mode & 0o777 == 0o640


def test_folders_that_cannot_be_synced_are_forgiven(tmp_path, monkeypatch):
    fsync, calls = os.fsync, []

    def second_fails(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.EINVAL, "no")
        fsync(descriptor)

    monkeypatch.setattr(disk.os, "fsync", second_fails)
    write_atomically(tmp_path / "m", b"new")
    assert (tmp_path / "m").read_bytes() == b"new"


def test_reading_refuses_what_is_no_file(tmp_path):
    with pytest.raises(ModelNotFoundError, match="There is no model file"):
        read_whole(tmp_path / "missing")
    with pytest.raises(FileNotFoundError):
        read_whole(tmp_path / "missing")
    with pytest.raises(ModelFileError, match="is a folder, not a model file"):
        read_whole(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_reading_does_not_wait_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelFileError, match="is not an ordinary file"):
        read_whole(tmp_path / "pipe")


def test_reading_without_permission(tmp_path, monkeypatch):
    (tmp_path / "m").write_bytes(b"x")
    monkeypatch.setattr("builtins.open", failing(errno.EACCES))
    with pytest.raises(ModelFileError, match="no permission to read"):
        read_whole(tmp_path / "m")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("m", "m.safetensors"),
        ("m.safetensors", "m.safetensors"),
        ("m.SAFETENSORS", "m.SAFETENSORS"),
        ("model-0.95", "model-0.95.safetensors"),
        ("a/b.v2", "a/b.v2.safetensors"),
    ],
)
def test_paths(given, meant):
    assert target_of(given, warn=True) == target_of(meant)


@pytest.mark.parametrize("given", ["m.h5", "m.keras", "m.HDF5", "m.pt"])
def test_paths_of_other_libraries_are_changed_with_a_warning(given):
    with pytest.warns(UserWarning, match=rf"'{given}' becomes 'm.safetensors'"):
        assert target_of(given, warn=True).name == "m.safetensors"


@pytest.mark.parametrize("given", [None, 3, "", b"m", "a\0b"])
def test_refuses_what_is_no_path(given):
    with pytest.raises(ModelFileError, match="named by a path"):
        target_of(given)


def test_reading_looks_where_writing_wrote(tmp_path):
    (tmp_path / "m.h5").write_bytes(b"")
    assert source_of(tmp_path / "m.h5").name == "m.h5"
    (tmp_path / "m.safetensors").write_bytes(b"")
    assert source_of(tmp_path / "m.h5").name == "m.safetensors"
    assert source_of(tmp_path / "n").name == "n.safetensors"


#: Writes two versions of a file in turn, for ever, and says when each begins.
WRITER = """
import sys
from pathlib import Path
from chainrule.saving.disk import write_atomically

path, versions = Path(sys.argv[1]), [bytes([n]) * 3_000_000 for n in (1, 2)]
while True:
    for version in versions:
        print("writing", flush=True)
        write_atomically(path, version)
"""


def test_killed_while_writing(tmp_path):
    path = tmp_path / "m.safetensors"
    moments = random.Random(0)
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout is not None
        for _ in range(moments.randint(2, 9)):  # from the second on, a version is there
            assert child.stdout.readline().strip() == b"writing"
        child.kill()
        child.wait()
        child.stdout.close()
        data = path.read_bytes()
        assert len(data) == 3_000_000 and data in (b"\1" * 3_000_000, b"\2" * 3_000_000)
    for left in tmp_path.glob(".*.chainrule-tmp"):
        os.utime(left, (0, 0))  # as the next run finds them, some time later
    write_atomically(path, b"new")
    assert os.listdir(tmp_path) == ["m.safetensors"]
