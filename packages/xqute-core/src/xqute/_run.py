"""The life of a run: how it begins, how it is waited for or cut short, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Literal

import anyio

from xqute._consumer import Consumer, only_one
from xqute._errors import RunEnded, XquteError
from xqute._hook_context import job_of_hook
from xqute._job import job_count
from xqute._metadir_lock import MetadirLock
from xqute._phase import Phase
from xqute._plugins import Plugins
from xqute._scheduler import Scheduler
from xqute._signals import caught

logger = logging.getLogger("xqute")

# A run that is cut short kills its jobs, and waits for their end: for the longest `kill_grace`, and
# for this many seconds more.
_KILL_AT_MOST = 30.0


class Run:
    """The life of a run: its task, its signals, and its end."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        plugins: Plugins,
        consumer: Consumer,
        metadir: MetadirLock,
        *,
        on_interrupt: Literal["kill", "detach"] | None,
    ) -> None:
        """Create a run. `begin` starts it.

        Args:
            scheduler: The scheduler of the run.
            plugins: The plugins of the run.
            consumer: The consumer of the run.
            metadir: The lock of the job metadir. It is released at the end.
            on_interrupt: What a signal does: 'kill' the jobs, or 'detach' from them. None leaves
                the signals to the caller.
        """
        self._scheduler = scheduler
        self._plugins = plugins
        self._consumer = consumer
        self._metadir = metadir
        self._detach = on_interrupt == "detach"
        self._catches_signals = on_interrupt is not None
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._beginner: asyncio.Task[object] | None = None
        self._state = consumer.state
        # The task of the `async with` block of the producer, while there is one.
        self._block: asyncio.Task[object] | None = None
        self._block_cancelled = False
        self._block_signals = ExitStack()

    async def check_open(self) -> None:
        """Check that jobs can be pushed.

        Raises:
            RunEnded: The run has ended or is being ended.
            Halted: A job failed under the strategy 'halt', and the other jobs were killed.
        """
        if self._state.phase in (Phase.COMPLETING, Phase.ENDED):
            raise RunEnded("no job can be pushed, since the run has ended: create another Xqute")
        if self._state.halted is not None:
            # A caller that does not catch this error ends the program, so all jobs have to be
            # killed first. A hook can't wait for that, since it would wait for itself.
            if job_of_hook.get() is None:
                await self._consumer.wait_idle()
            raise self._state.halted
        if self._state.signal is not None:
            raise RunEnded("no job can be pushed, since the run is being ended")

    async def begin(self) -> None:
        """Begin the run if it has not begun. Return when jobs can be added.

        Raises:
            XquteError: It is called in a hook `on_init`, which would wait for itself.
            Exception: What the scheduler raised, if it could not be started.
        """
        if self._task is None:
            # This is the only task without a task group around it. Jobs start when they are pushed,
            # and a task group can't be opened in `push` and closed elsewhere. `_end` awaits it.
            self._task = asyncio.get_running_loop().create_task(self._consumer.run(), name="xqute")
            self._beginner = asyncio.current_task()
            try:
                await self._consumer.ready.wait()
                await self._plugins.call("on_init", self._scheduler)
            finally:
                # The task that began the run may be cancelled here. Other tasks must go on.
                self._beginner = None
                self._begun.set()
        elif self._beginner is asyncio.current_task():
            raise XquteError(
                "a hook on_init can't push or wait for jobs: it would wait for its own end"
            )
        elif not self._begun.is_set():
            await self._begun.wait()
            await self._consumer.ready.wait()
        if self._state.over:
            await self._end()

    async def complete(self) -> None:
        """Wait for all jobs, end the run, and raise what `Xqute.run_until_complete` raises.

        Once the run has ended, do nothing.
        """
        if self._state.phase is Phase.ENDED:
            return
        await self.begin()
        try:
            with self.signals_caught():
                # A job may be pushed after the last one was settled and before this task wakes up.
                while not self._consumer.idle.is_set():
                    await self._consumer.wait_idle()
        except BaseException:
            await self.cut_short()
            raise
        if self._state.phase < Phase.COMPLETING:
            self._state.advance(Phase.COMPLETING)
            await self._plugins.call("on_complete", self._scheduler)
        await self._end()
        self._warn_of_failures()
        self._raise()

    def _warn_of_failures(self) -> None:
        """Log that jobs have failed, since under 'ignore' nothing else at the end says so."""
        failures, first = self._state.failures, self._state.first_failed
        if first is None or self._state.halted is not None:
            return
        kinds = ", ".join(f"{count} {kind.value}" for kind, count in failures.items())
        logger.warning(
            "%d of %s failed (%s); the first failure: %s, see %s",
            failures.total(), job_count(self._state.settled), kinds, first.failure, first.metadir,
        )  # fmt: skip

    async def cut_short(self) -> None:
        """Kill all jobs and end the run, in bounded time. Cancellation does not interrupt it."""
        if self._state.phase is Phase.ENDED:
            return
        running = self._consumer.running
        graces = [float(job.option(self._scheduler, "kill_grace")) for job in running]
        limit = max(graces, default=0.0) + _KILL_AT_MOST
        with anyio.move_on_after(limit, shield=True):
            if not self._state.over:
                self._consumer.stop()
                await self._consumer.wait_idle()
        with anyio.CancelScope(shield=True):
            await self._end()

    # --- the `async with` block of the producer ---

    def enter_block(self) -> None:
        """Let signals cancel the block of the calling task, besides ending the run."""
        self._block = asyncio.current_task()
        self._block_signals.enter_context(self.signals_caught())

    async def leave_block(self, error: BaseException | None) -> None:
        """Wait for all jobs, or kill them if an exception left the block, and end the run."""
        block, self._block = self._block, None
        if self._block_cancelled and isinstance(error, asyncio.CancelledError) and block:
            # The signal has cancelled the block. `complete` raises the exception for the signal.
            block.uncancel()
            error = None
        try:
            if error is None:
                await self.complete()
            else:
                await self.cut_short()
        finally:
            self._block_signals.close()

    # --- signals ---

    def signals_caught(self) -> AbstractContextManager[None]:
        """Return a context in which SIGINT and SIGTERM end the run."""
        return caught(self._on_signal) if self._catches_signals else nullcontext()

    def _on_signal(self, number: signal.Signals) -> None:
        if self._state.signal is None and not self._state.over:
            self._state.signal = number
            self._consumer.spawn(self._shut_down)
        else:
            # A second signal ends the run at once, and leaves the jobs as they are.
            self._consumer.abandon()
            self._cancel_block()

    async def _shut_down(self) -> None:
        if not await self._plugins.call("on_shutdown", self._scheduler, self._consumer):
            self._state.signal = None
            return
        if self._detach:
            self._consumer.abandon()
        else:
            self._consumer.stop()
        self._cancel_block()

    def _cancel_block(self) -> None:
        if self._block is not None and not self._block_cancelled:
            self._block_cancelled = True
            self._block.cancel()

    # --- the end ---

    async def _end(self) -> None:
        """Stop the tasks of the run, and release the lock of the job metadir.

        Raises:
            Exception: What the scheduler raised, if that has ended the run.
        """
        closing = self._state.phase >= Phase.CLOSING
        self._state.advance(Phase.ENDED)
        try:
            if self._task is not None:
                # If the task is ending with an error already, cancelling it would lose the error.
                if not closing:
                    self._task.cancel()
                await asyncio.wait([self._task])
                if not self._task.cancelled() and (error := self._task.exception()) is not None:
                    raise only_one(error)
        finally:
            self._metadir.release()

    def _raise(self) -> None:
        errors = self._plugins.errors
        if self._state.signal is signal.SIGINT:
            raise KeyboardInterrupt
        if self._state.signal is signal.SIGTERM:
            raise SystemExit(128 + signal.SIGTERM)
        if self._state.halted is not None:
            for error in errors:
                self._state.halted.add_note(f"also: {error!r}")
            raise self._state.halted
        if errors:
            more = self._plugins.more_errors
            left_out = f" ({more} more are left out)" if more else ""
            raise ExceptionGroup(f"hooks raised exceptions{left_out}; no job was harmed", errors)
