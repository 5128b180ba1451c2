"""A hook plugin that records the calls of all hooks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from xqute import Consumer, Job, JobStatus, Scheduler, simplug
from xqute_testing._comparison import difference


@dataclass(frozen=True, slots=True)
class HookCall:
    """One call of a hook.

    Attributes:
        hook: The name of the hook, without `on_job_` or `on_`.
        index: The index of the job, None for the hooks of the run.
        status: The status of the job at the time of the call, None for the hooks of the run.
        attempt: The number of the attempt, from 1; 0 for the hooks of the run.
    """

    hook: str
    index: int | None = None
    status: JobStatus | None = None
    attempt: int = 0

    def __str__(self) -> str:
        return self.hook if self.index is None else f"{self.hook} {self.index}"


class Recorder:
    """A plugin that records the calls of the hooks of a run and of the states of jobs.

    `str()` gives a line for each job, with `|` between attempts:

        run: init complete
        0: init queued submitted running failed retrying | queued submitted running succeeded

    Attributes:
        calls: All calls, in order.
        vetoes: The hooks that return False; only `killing` and `shutdown` make sense.
    """

    def __init__(self, *, vetoes: Collection[str] = ()) -> None:
        self.calls: list[HookCall] = []
        self.vetoes = set(vetoes)

    def check(self, wanted: str) -> None:
        """Compare the calls with the wanted ones.

        Args:
            wanted: Lines in the form in which the recorder is printed. A job without a line, or a
                run without one, is not checked.

        Raises:
            AssertionError: The calls differ. The message shows both, and the first difference.
            ValueError: A line has another form.
        """
        __tracebackhide__ = True  # Has pytest show the line of the test.
        if found := difference(wanted, self._lines()):
            raise AssertionError(found)

    # --- the record ---

    @property
    def run(self) -> list[str]:
        """The hooks of the run: `init`, `shutdown`, `complete`."""
        return [call.hook for call in self.calls if call.index is None]

    @property
    def story(self) -> list[str]:
        """All calls in order, in the form `init`, `init 0`, `queued 0`, … `complete`."""
        return [str(call) for call in self.calls]

    def of(self, job: Job) -> list[str]:
        """Return the hooks of one job, without `on_job_`, in the order of their calls."""
        return [call.hook for call in self.calls if call.index == job.index]

    def attempts(self, job: Job) -> list[list[str]]:
        """Return the hooks of one job, in a list for each attempt."""
        return self._attempts(job.index)

    def jobs(self, hook: str) -> list[int]:
        """Return the indexes of the jobs for which a hook, such as `succeeded`, was called."""
        return [call.index for call in self.calls if call.hook == hook and call.index is not None]

    def clear(self) -> None:
        """Forget all calls."""
        self.calls.clear()

    def __str__(self) -> str:
        return "\n".join(f"{name}: {' '.join(words)}" for name, words in self._lines().items())

    def _attempts(self, index: int) -> list[list[str]]:
        found: list[list[str]] = []
        for call in self.calls:
            if call.index == index:
                while len(found) < call.attempt:
                    found.append([])
                found[call.attempt - 1].append(call.hook)
        return found

    def _lines(self) -> dict[str, list[str]]:
        lines = {"run": self.run}
        for index in sorted({call.index for call in self.calls if call.index is not None}):
            lines[str(index)] = " | ".join(map(" ".join, self._attempts(index))).split()
        return lines

    def _note(self, hook: str, job: Job | None = None) -> bool | None:
        if job is None:
            self.calls.append(HookCall(hook))
        else:
            self.calls.append(HookCall(hook, job.index, job.status, job.trial_count + 1))
        return False if hook in self.vetoes else None

    # --- the hooks ---

    @simplug.impl
    async def on_init(self, scheduler: Scheduler) -> None:
        """Record the call."""
        self._note("init")

    @simplug.impl
    async def on_shutdown(self, scheduler: Scheduler, consumer: Consumer) -> bool | None:
        """Record the call, and veto the shutdown if `vetoes` has it."""
        return self._note("shutdown")

    @simplug.impl
    async def on_job_init(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("init", job)

    @simplug.impl
    async def on_job_queued(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("queued", job)

    @simplug.impl
    async def on_job_submitted(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("submitted", job)

    @simplug.impl
    async def on_job_running(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("running", job)

    @simplug.impl
    async def on_job_retrying(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("retrying", job)

    @simplug.impl
    async def on_job_killing(self, scheduler: Scheduler, job: Job) -> bool | None:
        """Record the call, and veto the kill if `vetoes` has it."""
        return self._note("killing", job)

    @simplug.impl
    async def on_job_killed(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("killed", job)

    @simplug.impl
    async def on_job_failed(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("failed", job)

    @simplug.impl
    async def on_job_succeeded(self, scheduler: Scheduler, job: Job) -> None:
        """Record the call."""
        self._note("succeeded", job)

    @simplug.impl
    async def on_complete(self, scheduler: Scheduler) -> None:
        """Record the call."""
        self._note("complete")
