"""With REQUIRE_ALL=1 a skipped test is a failure, unless what it needs cannot be had on the machine at all."""

import os
import signal
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Server, migrated_template, running_server

# `shared` needs development data that is not part of the checkout, `unprivileged` a user who is not root, and `model`
# 91 MB of weights, which are fetched only by who wants them.
EXEMPT = ("shared", "unprivileged", "model")

# A shell ignores Ctrl+C for what it runs in the background, what we start inherits that, and our processes heed it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is. What must be quick has a test of its own.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, and begin with those that start processes.

    A worker that is handed single tests spends as much time on asking for the next one as on a quick test. What
    takes longest is begun first, so that both workers end at about the same time.
    """
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    items.sort(key=lambda item: not item.get_closest_marker("e2e"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse to run where xdist does not heed the groups: files whose tests share something would be torn apart."""
    if getattr(session.config.option, "loadgroup", False) and any("@" not in i.nodeid for i in session.items):
        raise pytest.UsageError("pytest-xdist does not heed xdist_group with this release of pytest.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    must_run = os.environ.get("REQUIRE_ALL") == "1" and not any(map(item.get_closest_marker, EXEMPT))
    if report.skipped and must_run and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server per process that runs tests."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: Server) -> Iterator[str]:
    with migrated_template(postgres_server) as name:
        yield name


@pytest.fixture
def postgres_url(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """A migrated database of one's own."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)
