"""What the tests of all distributions share."""

import signal
import time

import anyio
import pytest

# Seconds: what has not come by then will not come.
PATIENCE = 20
LOOK_AGAIN = 0.005


def pytest_configure():
    """Undo that nohup, or a shell in the background, has had some signals ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend():
    """Async tests (`pytestmark = pytest.mark.anyio`) run on asyncio, never on trio."""
    return "asyncio"


@pytest.fixture(scope="session")
def until():
    """`await until(condition)` returns the first true value of `condition()`."""

    async def wait(condition):
        with anyio.fail_after(PATIENCE):
            while not (value := condition()):  # noqa: ASYNC110  # Other processes set no event.
                await anyio.sleep(LOOK_AGAIN)
            return value

    return wait


@pytest.fixture(scope="session")
def wait_until():
    """`wait_until(condition)` is `until` for tests that are no coroutines."""

    def wait(condition):
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(LOOK_AGAIN)
        return value

    return wait
