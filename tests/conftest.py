"""What all tests share: where the data are, fixed examples for Hypothesis, and an honest count of what did not run."""

from __future__ import annotations

import os
import signal

# One thread for BLAS, set before NumPy is loaded: the order of a sum must not depend on the machine's cores.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

# A shell starts what stands before `&` deaf to Ctrl-C, and nohup to hang-ups, and so would be all that a test starts.
for _number, _default in (
    (signal.SIGINT, signal.default_int_handler),
    (getattr(signal, "SIGHUP", None), signal.SIG_DFL),
):
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _default)

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = "tests/outside/"

# "ci" tries the same examples each time and times nothing; `HYPOTHESIS_PROFILE=search make test` looks for new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def _find_data() -> Path | None:
    named = os.environ.get("CHAINRULE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder.resolve() if folder.is_dir() else None


DATA = _find_data()
if DATA is not None:
    os.environ["CHAINRULE_DATA"] = str(DATA)  # what the library and the examples, in processes of their own, read


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder with PIMA, MNIST and the cases that others wrote; skip the test where there is none."""
    if DATA is None:
        pytest.skip("no data folder: set CHAINRULE_DATA to one that holds pima/, titanic/, mnist/ …")
    return DATA


def _skipped(reporter) -> list[str]:
    """Return `place: reason` for each skipped test, sorted."""
    found = []
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found.append(f"{report.nodeid}: {reason}")
    return sorted(found)


def _outside_cases(reporter) -> int:
    """Return how many cases of others passed: a test counts as its property `outside_cases` says, else as one."""
    passed = [report for report in reporter.stats.get("passed", []) if report.nodeid.startswith(OUTSIDE)]
    return sum(int(dict(report.user_properties).get("outside_cases", 1)) for report in passed)


def _outside_expected() -> int:
    """Return how many cases of others must pass: the number in tests/outside/at_least.txt."""
    file = ROOT / OUTSIDE / "at_least.txt"
    return int(file.read_text().split()[0]) if file.is_file() else 0


def _failures_in_ci(config) -> list[str]:
    """Return what CI does not forgive where the data are: a skipped test, fewer outside cases than there were."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or DATA is None or reporter is None or hasattr(config, "workerinput"):
        return []
    failures = [f"skipped in CI: {line}" for line in _skipped(reporter)]
    ran, expected = _outside_cases(reporter), _outside_expected()
    if ran < expected:
        failures.append(f"{ran} outside cases passed, at least {expected} must ({OUTSIDE}at_least.txt)")
    return failures


def pytest_sessionfinish(session, exitstatus):
    """Fail the session for what CI does not forgive."""
    if exitstatus == pytest.ExitCode.OK and _failures_in_ci(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    """Print how many tests were skipped and how many cases of others passed."""
    failures = _failures_in_ci(config)
    skipped, outside = len(_skipped(terminalreporter)), _outside_cases(terminalreporter)
    terminalreporter.section("what ran")
    terminalreporter.line(f"data folder: {'found' if DATA else 'none (set CHAINRULE_DATA)'}")
    terminalreporter.line(f"skipped tests: {skipped}")
    terminalreporter.line(f"cases that others wrote, passed: {outside}")
    for failure in failures:
        terminalreporter.line(f"FAILED {failure}", red=True)
