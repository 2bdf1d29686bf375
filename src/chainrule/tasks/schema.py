"""The tables of a file of tasks, the indexes that keep a claim cheap, and the marks by which we know such a file.

`task` holds one row a task, `tally` how many tasks of a queue are in each state (kept by triggers, so that counting a
million takes no longer than counting ten), `worker` when each worker was last heard of.
"""

from __future__ import annotations

#: "crtq", for `PRAGMA application_id`: by this mark a file is known to be ours.
APPLICATION_ID = 0x63727471
#: `PRAGMA user_version`. A later version of chainrule that changes the tables raises it.
VERSION = 1
#: In `tally`, beside the states: tasks that were dropped for a newer one.
DROPPED = "dropped"

# A ready task is either due (scheduled = 0) or waits for run_at (scheduled = 1): a claim looks at due tasks alone, so a
# million tasks that are to run tomorrow, at whatever priority, cost it nothing. `place` is the order within a priority.
TABLES = """
CREATE TABLE task (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    function TEXT NOT NULL,
    arguments TEXT NOT NULL,
    key TEXT,
    priority INTEGER NOT NULL,
    place INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'running', 'done', 'failed', 'lost', 'cancelled')),
    scheduled INTEGER NOT NULL,
    run_at REAL NOT NULL,
    since REAL NOT NULL,
    created REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    timeout REAL,
    lease REAL,
    lease_until REAL,
    owner TEXT,
    token INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    error TEXT,
    finished REAL
);
CREATE TABLE tally (queue TEXT, state TEXT, n INTEGER NOT NULL, PRIMARY KEY (queue, state)) WITHOUT ROWID;
CREATE TABLE worker (owner TEXT PRIMARY KEY, pid INTEGER, host TEXT, lease REAL, started REAL, seen REAL) WITHOUT ROWID;
"""

# All are partial: a claim, which moves a task from ready to running, has to change few pages of a large file.
INDEXES = """
CREATE INDEX task_due ON task (queue, priority DESC, place) WHERE state = 'ready' AND scheduled = 0;
CREATE INDEX task_scheduled ON task (queue, run_at) WHERE state = 'ready' AND scheduled = 1;
CREATE INDEX task_since ON task (queue, since) WHERE state = 'ready' AND scheduled = 1;
CREATE INDEX task_running ON task (queue, lease_until) WHERE state = 'running';
CREATE INDEX task_waiting ON task (queue, id) WHERE state = 'ready';
CREATE INDEX task_key ON task (queue, key) WHERE state = 'ready' AND key IS NOT NULL;
CREATE INDEX task_ended ON task (state, id) WHERE finished IS NOT NULL;
"""

_ADD = "INSERT INTO tally VALUES (NEW.queue, NEW.state, 1) ON CONFLICT (queue, state) DO UPDATE SET n = n + 1;"
_TAKE = "UPDATE tally SET n = n - 1 WHERE queue = OLD.queue AND state = OLD.state;"

TRIGGERS = (
    f"CREATE TRIGGER task_added AFTER INSERT ON task BEGIN {_ADD} END",
    f"CREATE TRIGGER task_moved AFTER UPDATE OF state ON task WHEN OLD.state <> NEW.state BEGIN {_TAKE} {_ADD} END",
    f"CREATE TRIGGER task_removed AFTER DELETE ON task BEGIN {_TAKE} END",
)

#: What makes an empty file ours, statement by statement: `executescript` would commit on its own.
STATEMENTS = (
    *(statement.strip() for statement in (TABLES + INDEXES).split(";") if statement.strip()),
    *TRIGGERS,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)
