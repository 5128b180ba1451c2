"""The life of a run: it begins, it is waited for or cut short, and it ends."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import anyio

from xqute._consumer import Consumer, only_one
from xqute._errors import RunEnded, XquteError
from xqute._hook_context import job_of_hook
from xqute._metadir_lock import MetadirLock
from xqute._phase import Phase
from xqute._plugins import Plugins
from xqute._scheduler import Scheduler
from xqute._signals import caught

# Seconds, beyond the longest `kill_grace`, that a run which is cut short waits for its jobs to be
# gone.
_KILL_AT_MOST = 30.0


class Run:
    """The life of a run: its one task, its signals, and how it ends."""

    def __init__(
        self,
        scheduler: Scheduler[Any],
        plugins: Plugins,
        consumer: Consumer,
        metadir: MetadirLock,
        *,
        detach: bool,
    ) -> None:
        """Hold what a run needs.

        Args:
            scheduler: The scheduler of the run.
            plugins: The plugins that are told of it.
            consumer: What is run.
            metadir: The folder of jobs, let go of at the end.
            detach: Leave the jobs as they are when a signal comes, instead of killing them.
        """
        self._scheduler = scheduler
        self._plugins = plugins
        self._consumer = consumer
        self._metadir = metadir
        self._detach = detach
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._beginner: asyncio.Task[object] | None = None
        self._state = consumer.state
        # The block that the run is the context of, where there is one.
        self._block: asyncio.Task[object] | None = None
        self._block_signals = ExitStack()

    async def check_open(self) -> None:
        """Check that jobs can be pushed.

        Raises:
            RunEnded: The run has ended, or is being ended.
            Halted: A job failed under the strategy 'halt', and the others are gone.
        """
        if self._state.phase in (Phase.COMPLETING, Phase.ENDED):
            raise RunEnded("nothing can be pushed: the run has ended; make another Xqute")
        if self._state.halted is not None:
            # Whoever does not catch it ends here, and jobs would be left that are to be killed;
            # but a hook would wait for itself.
            if job_of_hook.get() is None:
                await self._consumer.wait_idle()
            raise self._state.halted
        if self._state.signal is not None:
            raise RunEnded("nothing can be pushed: the run is being ended")

    async def begin(self) -> None:
        """Begin, if that was not done; return when jobs can be added."""
        if self._task is None:
            # The one task without a task group around it: jobs start when they are pushed, and a
            # group can't be opened there and closed elsewhere. `_end` awaits it.
            self._task = asyncio.get_running_loop().create_task(self._consumer.run(), name="xqute")
            self._beginner = asyncio.current_task()
            try:
                await self._consumer.ready.wait()
                await self._plugins.call("on_init", self._scheduler)
            finally:
                # Whoever began may be cancelled; the others go on.
                self._beginner = None
                self._begun.set()
        elif self._beginner is asyncio.current_task():
            raise XquteError("a hook on_init would wait for itself: the run begins when it returns")
        elif not self._begun.is_set():
            await self._begun.wait()
            await self._consumer.ready.wait()
        if self._state.over:
            await self._end()

    async def complete(self) -> None:
        """Wait for all jobs, end, and raise what there is to raise; a second time do nothing."""
        if self._state.phase is Phase.ENDED:
            return
        await self.begin()
        try:
            with self.signals_caught():
                # A job may be pushed between the end of the last one and the waking of this task.
                while not self._consumer.idle.is_set():
                    await self._consumer.wait_idle()
        except BaseException:
            await self.cut_short()
            raise
        if self._state.phase < Phase.COMPLETING:
            self._state.advance(Phase.COMPLETING)
            await self._plugins.call("on_complete", self._scheduler)
        await self._end()
        self._raise()

    async def cut_short(self) -> None:
        """Kill all jobs, for a time that is bounded, and end, whatever is cancelled meanwhile."""
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

    # --- a run that is the context of a block ---

    def enter_block(self) -> None:
        """Let a signal end the block of the calling task, besides the run."""
        self._block = asyncio.current_task()
        self._block_signals.enter_context(self.signals_caught())

    async def leave_block(self, error: BaseException | None) -> None:
        """Wait for all jobs and end; or kill them, when an exception left the block."""
        block, self._block = self._block, None
        if self._state.signal is not None and isinstance(error, asyncio.CancelledError) and block:
            # It was cancelled for the signal, which is what leaves the block now.
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
        """Return a context in which SIGINT and SIGTERM shut the run down."""
        return caught(self._on_signal)

    def _on_signal(self, number: signal.Signals) -> None:
        if self._state.signal is None and not self._state.over:
            self._state.signal = number
            self._consumer.spawn(self._shut_down)
        else:
            # The second time: at once.
            self._consumer.abandon()

    async def _shut_down(self) -> None:
        if not await self._plugins.call("on_shutdown", self._scheduler, self._consumer):
            self._state.signal = None
            return
        if self._detach:
            self._consumer.abandon()
        else:
            self._consumer.stop()
        if self._block is not None:
            self._block.cancel()

    # --- the end ---

    async def _end(self) -> None:
        """Stop the tasks of the run, and let go of the folder of jobs.

        Raises:
            Exception: What the scheduler raised, when it is why the run has ended.
        """
        closing = self._state.phase >= Phase.CLOSING
        self._state.advance(Phase.ENDED)
        try:
            if self._task is not None:
                # What has ended it by then must not be lost to the cancellation.
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
            more = f", {self._plugins.more_errors} more times" if self._plugins.more_errors else ""
            raise ExceptionGroup(f"hooks have raised{more}; no job was harmed", errors)
