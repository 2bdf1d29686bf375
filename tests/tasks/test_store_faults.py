"""What can be wrong with a file of tasks, and what can happen to one: words for each, and no task lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from chainrule.errors import TaskError, TasksFileError
from chainrule.tasks import connection as connection_module
from chainrule.tasks.connection import Database, wal_is_safe
from chainrule.tasks.file_system import network_type, type_of
from chainrule.tasks.rows import NewTask
from chainrule.tasks.store import Store

NEW = NewTask("mytasks:plot", '{"args":[],"kwargs":{}}')
POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and kill -9")
LIMIT = 60
#: A user without rights.
NOBODY = 65534


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tasks.db"


@pytest.fixture
def store(path):
    store = Store(path)
    yield store
    store.close()


@pytest.mark.parametrize("given", ["", None, 7, ":memory:", "tasks\0.db"])
def test_what_is_no_path_is_refused(given):
    with pytest.raises(TasksFileError, match=r"A file of tasks is named by a path, such as 'tasks.db'; received"):
        Store(given)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(TasksFileError, match=r"is a folder; name a file, such as 'tasks.db'\."):
        Store(tmp_path)
    with pytest.raises(TasksFileError, match=r"There is no folder '.*nowhere' for 'tasks.db'; make it first\."):
        Store(tmp_path / "nowhere" / "tasks.db")


def test_a_text_file_is_refused_and_left_as_it_is(path):
    path.write_text("id,name\n" * 200, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(
        TasksFileError, match=r"is not a file of tasks \(nor any SQLite database\); choose another path"
    ):
        Store(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE users (name)", "PRAGMA user_version = 3", "PRAGMA application_id = 9"]
)
def test_another_database_is_refused_and_left_as_it_is(path, statement):
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement)
    before = path.read_bytes()
    with pytest.raises(
        TasksFileError, match=r"is a database, but not of tasks; choose another path, such as 'tasks.db'"
    ):
        Store(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_one_of_tasks(path):
    path.touch()
    with closing(Store(path)) as store:
        assert store.put([NEW]) == [1]


def test_a_newer_file_is_refused(path):
    Store(path).close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 2")
    with pytest.raises(
        TasksFileError, match=r"was made by a newer chainrule \(version 2 of its tables, this one knows 1\)"
    ):
        Store(path)


def test_a_damaged_file_is_said_to_be_damaged(path):
    with closing(Store(path)) as store:
        store.put([NEW] * 200)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with (
        closing(Store(path)) as store,
        pytest.raises(TasksFileError, match=r"is damaged; put it aside, and start with"),
    ):
        store.rows()


def test_a_full_disk_takes_no_half_a_task(store):
    first = store.put([NEW])
    with store._database.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")
    large = NEW._replace(arguments='{"args":["' + "x" * 3000 + '"],"kwargs":{}}')
    with pytest.raises(TasksFileError, match=r"can't take more: the disk is full, and what was being written was not"):
        store.put([large] * 20)
    assert [row.id for row in store.rows()] == first and store.counts()["ready"] == 1
    claimed = store.claim("w")
    with pytest.raises(TasksFileError, match="the disk is full"):
        store.finish(claimed, '"' + "x" * 100_000 + '"')
    assert store.get(claimed.id).state == "running"
    assert store.finish(claimed, "null")  # there is room for less


def test_a_read_only_file_is_said_to_be_read_only(store):
    with store._database.reading() as connection:
        connection.execute("PRAGMA query_only = 1")
    with pytest.raises(TasksFileError, match=r"can't be written: the file, its folder or its disk is read-only"):
        store.put([NEW])


@pytest.fixture
def somebody():
    """Be a user who may not write where root may; who runs the tests as another user is one already."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder), lambda: root and os.seteuid(NOBODY)
        if root:
            os.seteuid(0)
        Path(folder).chmod(0o755)


@POSIX
@pytest.mark.parametrize("what", ["file", "folder", "nothing there"])
def test_without_the_right_to_write_it_is_refused(somebody, what):
    folder, become = somebody
    path = folder / "tasks.db"
    if what != "nothing there":
        Store(path).close()
        path.chmod(0o444 if what == "file" else 0o666)
    folder.chmod(0o777 if what == "file" else 0o555)
    become()
    with pytest.raises(TasksFileError, match=r"is read-only; give yourself|you may lack the right"):  # noqa: SIM117
        with closing(Store(path)) as store:
            store.put([NEW])
    assert path.exists() == (what != "nothing there")


TABLE = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /srv rw - nfs4 host:/srv rw
31 30 8:2 / /srv/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\\040share rw shared:7 - cifs //host/share rw
not a line of a table
"""


@pytest.mark.parametrize(
    ("file", "kind", "network"),
    [
        ("/home/tasks.db", "ext4", None),
        ("/srv/a/tasks.db", "nfs4", "nfs4"),
        ("/srv/local/tasks.db", "xfs", None),
        ("/srvx/tasks.db", "ext4", None),
        ("/mnt/my share/tasks.db", "cifs", "cifs"),
    ],
)
def test_the_file_system_of_a_path(file, kind, network):
    assert type_of(file, TABLE) == kind and network_type(file, TABLE) == network
    assert network_type(file, "") is None  # a system that doesn't tell


@pytest.mark.skipif(os.name != "posix", reason="a table of mounts has paths of POSIX")
def test_a_network_file_system_is_refused_before_anything_is_made(path):
    table = f"22 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 22 0:44 / {os.path.realpath(path.parent)} rw - nfs4 host:/x rw\n"
    with pytest.raises(
        TasksFileError, match=r"lies on a network file system \(nfs4\), where two programs' locks can't be"
    ):
        Store(path, mount_table=table)
    assert not path.exists()


def test_wal_only_where_sqlite_has_no_wal_reset_bug():
    safe = [(3, 51, 3), (3, 52, 0), (3, 50, 7), (3, 50, 9), (3, 44, 6), (3, 44, 9), (4, 0, 0)]
    unsafe = [(3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 49, 1), (3, 50, 6), (3, 51, 0), (3, 51, 2)]
    assert all(map(wal_is_safe, safe)) and not any(map(wal_is_safe, unsafe))


@pytest.mark.parametrize(("safe", "mode", "synchronous"), [(True, "wal", 2), (False, "delete", 3)])
def test_the_journal_and_what_is_brought_to_the_disk(path, monkeypatch, safe, mode, synchronous):
    monkeypatch.setattr(connection_module, "wal_is_safe", lambda version: safe)
    for _ in range(2):  # new, and opened again
        with closing(Database(path)) as database, database.reading() as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == mode
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == synchronous


def test_a_file_in_wal_mode_is_taken_out_of_it_or_refused_where_wal_is_not_safe(path, monkeypatch):
    monkeypatch.setattr(connection_module, "wal_is_safe", lambda version: True)
    newer = Database(path)
    with newer.reading() as connection:
        connection.execute("SELECT count(*) FROM task").fetchone()
    monkeypatch.setattr(connection_module, "wal_is_safe", lambda version: False)
    with pytest.raises(
        TasksFileError, match=r"is in use by a program with a newer SQLite, in a mode in which this one"
    ):
        Database(path)
    newer.close()
    with closing(Database(path)) as database, database.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_a_lock_that_another_program_holds_too_long_is_said(path):
    with closing(Store(path, timeout=0.3)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TasksFileError, match=r"has been locked by another program for 0.3 s; end what holds it"):
            store.put([NEW])
        other.execute("ROLLBACK")
        assert store.put([NEW]) == [1]


@pytest.mark.parametrize("step", ["put", "look"])
def test_a_lock_that_is_given_up_in_time_is_waited_for(path, monkeypatch, step):
    monkeypatch.setattr(connection_module, "ONE_WAIT", 0.02)  # much less than the lock is held
    with closing(Store(path)) as store:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.3, other.execute, ["ROLLBACK"])
        release.start()
        if step == "put":
            assert store.put([NEW]) == [1]
        else:
            assert store.counts()["ready"] == 0
        release.join(LIMIT)
        other.close()


def test_an_interrupt_within_a_transaction_undoes_it(store):
    with pytest.raises(KeyboardInterrupt), store._database.writing() as connection:
        connection.execute("INSERT INTO tally VALUES ('q', 'ready', 5)")
        raise KeyboardInterrupt
    assert store.counts("q")["ready"] == 0
    assert store.put([NEW]) == [1]


def test_a_closed_store_says_so(path):
    store = Store(path)
    store.close()
    store.close()
    with pytest.raises(TaskError, match=r"tasks.db' was closed; open it again\."):
        store.put([NEW])


def test_sqlites_own_error_is_the_cause(path):
    path.write_text("no database" * 100, encoding="utf-8")
    with pytest.raises(TaskError) as caught:
        Store(path)
    assert isinstance(caught.value.__cause__, sqlite3.DatabaseError)


@POSIX
def test_no_connection_crosses_a_fork(store):
    store.put([NEW])
    inside, go_on = threading.Event(), threading.Event()

    def hold():
        with store._database.writing() as connection:
            connection.execute("UPDATE task SET priority = 5")
            inside.set()
            go_on.wait(LIMIT)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(LIMIT)
    threading.Timer(0.2, go_on.set).start()
    pid = os.fork()  # waits until the other thread's transaction has ended
    if pid == 0:
        code = 1
        try:
            assert not store._database._connections
            code = 0 if store.get(1).priority == 5 and store.put([NEW]) == [2] else 2
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    thread.join(LIMIT)
    assert store.put([NEW]) == [3] and len(store.rows()) == 3


@POSIX
def test_a_fork_that_python_was_not_told_of_leaves_the_connections_alone(store, monkeypatch):
    store.put([NEW])
    database = store._database
    (inherited,) = database._connections.values()
    monkeypatch.setattr(database, "_pid", os.getpid() - 1)
    assert len(store.rows()) == 1
    assert database._abandoned == [inherited] and list(database._connections.values()) != [inherited]
    inherited.close()  # here it is this process' own after all


def test_two_processes_make_one_file_and_lose_nothing(path):
    script = (
        "import sys; from chainrule.tasks.store import Store; from chainrule.tasks.rows import NewTask\n"
        "sys.stdin.readline(); store = Store(sys.argv[1])\n"
        "for n in range(20): store.put([NewTask('m:f', '{}')])\n"
        "while (claimed := store.claim(sys.argv[2])) is not None:\n"
        "    assert store.finish(claimed, 'null'); print(claimed.id)\n"
        "store.close()"
    )
    command = [sys.executable, "-c", script, str(path)]
    pipe = subprocess.PIPE
    programs = [subprocess.Popen([*command, name], stdin=pipe, stdout=pipe, text=True) for name in ("a", "b")]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()
    printed = [program.communicate(timeout=LIMIT)[0].split() for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    assert sorted(int(id) for ids in printed for id in ids) == list(range(1, 41))


#: Puts tasks until it is killed, and prints the id of each that was accepted; "inside" kills itself before its commit.
PRODUCER = """
import os, signal, sys
from chainrule.tasks.store import Store
from chainrule.tasks.rows import NewTask
store, die = Store(sys.argv[1]), int(sys.argv[2])
number = 0
while True:
    number += 1
    if number == die:
        with store._database.writing() as connection:
            connection.execute("PRAGMA cache_size = 1")  # spills: the database itself is changed before the commit
            for _ in range(300):
                store_put = __import__("chainrule.tasks.changes").tasks.changes.put
                store_put(connection, NewTask("m:f", "x" * 2000), 1.0, None, "raise", [])
            os.kill(os.getpid(), signal.SIGKILL)
    id = store.put([NewTask("m:f", '{}')])[0]
    os.write(1, f"{id}\\n".encode())
"""


def accepted_until_killed(path, die=0, after=None):
    """Run a producer until it is dead; return the ids that it was told were accepted."""
    with subprocess.Popen([sys.executable, "-c", PRODUCER, str(path), str(die)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        lines = []
        while after is None or len(lines) < after:
            line = program.stdout.readline()
            if not line.endswith(b"\n"):
                break
            lines.append(int(line))
        if after is not None:
            program.kill()
        lines.extend(int(line) for line in program.stdout.read().splitlines(keepends=True) if line.endswith(b"\n"))
        assert program.wait(LIMIT) == -signal.SIGKILL
    return lines


@POSIX
def test_a_kill_inside_a_transaction_undoes_it_and_keeps_what_was_accepted(path):
    accepted = accepted_until_killed(path, die=6)
    assert accepted == [1, 2, 3, 4, 5]
    if not wal_is_safe(sqlite3.sqlite_version_info):
        assert Path(f"{path}-journal").exists()
    with closing(Store(path)) as store:
        assert sorted(row.id for row in store.rows()) == accepted and store.counts()["ready"] == 5


@POSIX
def test_no_accepted_task_is_lost_by_kills_at_random(path):
    chance, promised = random.Random(6), []
    for _ in range(30):
        promised.extend(accepted_until_killed(path, after=chance.randrange(1, 12)))
    with closing(Store(path)) as store:
        there = {row.id for row in store.rows(limit=None)}
        assert set(promised) <= there and len(set(promised)) == len(promised)
        assert len(there) - len(promised) <= 30  # at most the one that each was killed over
        assert store.counts()["ready"] == len(there)
        assert store._one("PRAGMA integrity_check", ()) == "ok"
