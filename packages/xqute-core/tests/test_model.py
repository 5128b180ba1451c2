"""What becomes of jobs, whatever is observed of them and when, beside a model of the contract.

Hypothesis invents the runs: jobs that are pushed, handed over, accepted, refused, seen, killed;
what is seen may come late, twice, out of place, or while a hook has not returned.
"""

import asyncio
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as check

from xqute import (
    Failure,
    FailureKind,
    Job,
    JobStatus,
    Scheduler,
    SubmitFailed,
    XquteError,
    _consumer,
    simplug,
)
from xqute._consumer import Consumer
from xqute._hooks import HOOKS_OF
from xqute._phase import RunState
from xqute._plugins import Plugins
from xqute._retry import Retry, retry_policy
from xqute._status import TERMINAL
from xqute._step import Decision, Effect, Ended, Observed, step

S = JobStatus
FORKS = 2
RETRIES = 1
OK = Ended(0)
EXIT = Ended(1, Failure(FailureKind.EXIT, "exit status 1"))
LOST = Ended(None, Failure(FailureKind.LOST, "no result"))
NEVER = Ended(None, Failure(FailureKind.NEVER_STARTED, "gone"), started=False)
ENDS = st.sampled_from([OK, EXIT, LOST, NEVER])
# Where a job is when something is seen of it that can't be, or not any more.
ANY_END = ("waits", "to be tried again", "over")
OUT_OF_PLACE = {
    Observed.SUBMITTED: ("with the scheduler", "being killed", "to be tried again", "over"),
    Observed.RUNNING: ("waits", "handed over", "being killed", "to be tried again", "over"),
    Observed.UNSENT: ("with the scheduler", "being killed", "to be tried again", "over"),
    Observed.KILL_WANTED: ("being killed", "over"),
    Observed.RETRY_DUE: ("waits", "handed over", "with the scheduler", "being killed", "over"),
}

# The contract: docs/architecture.md, "The states".
ALLOWED = {
    S.INIT: {S.QUEUED, S.FINISHED},
    S.QUEUED: {S.SUBMITTED, S.CANCELLED, S.FAILED},
    S.SUBMITTED: {S.RUNNING, S.KILLING, S.FAILED},
    S.RUNNING: {S.FINISHED, S.FAILED, S.KILLING},
    S.KILLING: {S.KILLED},
    S.FAILED: {S.RETRYING},
    S.RETRYING: {S.QUEUED, S.CANCELLED},
}


class StillJob(Job):
    """Writes down its moves."""

    __slots__ = ("moves",)

    def wrap_cmd(self, scheduler):
        raise NotImplementedError

    def move(self, status):
        self.moves.append((self.status, status))
        super().move(status)


class StillScheduler(Scheduler):
    """Does nothing: what it would tell is what the test has observed."""

    name = "still"
    job_class = StillJob

    async def submit_job(self, job):
        raise NotImplementedError

    async def kill_job(self, job):
        raise NotImplementedError

    async def job_is_running(self, job):
        raise NotImplementedError


class Model:
    """What the contract says of one job, in the words of whoever wrote it.

    It waits, is handed over, is with the scheduler, is being killed, or is to be tried again; or it
    is over, with the state that it has come to.
    """

    def __init__(self, strategy, vetoed):
        self.at = "waits"
        self.over = None
        self.kill_wanted = False
        self.vetoed = vetoed
        self.left = RETRIES if strategy == "retry" else 0

    def end(self, status):
        self.at, self.over = "over", status

    def kill(self):
        if self.at in ("waits", "to be tried again"):
            self.end(S.CANCELLED)
        elif self.at == "handed over":
            self.kill_wanted = True
        elif self.at == "with the scheduler" and not self.vetoed:
            self.at = "being killed"

    def accepted(self):
        self.at = "with the scheduler"
        if self.kill_wanted:
            self.kill_wanted = False
            self.kill()

    def came_back(self):
        """The scheduler has not taken it, this time."""
        self.at = "waits"
        if self.kill_wanted:
            self.end(S.CANCELLED)

    def ended(self, seen):
        if self.at == "being killed":
            self.end(S.KILLED)
        elif self.at == "handed over" and self.kill_wanted:
            self.end(S.CANCELLED)
        elif seen.failure is None:
            self.end(S.FINISHED)
        elif self.left and seen.failure.kind is not FailureKind.REJECTED:
            self.left -= 1
            self.at = "to be tried again"
        else:
            self.end(S.FAILED)


class Hooks:
    """A plugin that counts its calls, whose hooks may take their time, and that may veto a kill."""

    def __init__(self):
        self.calls = Counter()
        self.free = asyncio.Event()
        self.free.set()
        self.vetoed = set()

    async def called(self, hook, job):
        self.calls[job, hook] += 1
        await self.free.wait()
        return not (hook == "on_job_killing" and job in self.vetoed)


def _hook(name):
    async def hook(self, scheduler, job):
        return await self.called(name, job)

    hook.__name__ = name
    return simplug.impl(hook)


HOOK_OF = {s: spec.name for s, specs in HOOKS_OF.items() for spec in specs if not spec.before}
for _name in HOOK_OF.values():
    setattr(Hooks, _name, _hook(_name))


class Runs(RuleBasedStateMachine):
    """A consumer, whose submitter, watcher and killer are what the rules say."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.tasks = []
        self.models = {}
        self.records = {}
        self.stopped = False

    @initialize(hooked=st.booleans(), strategy=st.sampled_from(["ignore", "retry", "halt"]))
    def begin(self, hooked, strategy):
        self.strategy = strategy
        self.hooked = hooked

        async def make():
            self.hooks = Hooks()
            with simplug.plugins_context([]):
                plugins = Plugins([self.hooks] if hooked else [])
            scheduler = StillScheduler("", FORKS, {})
            return Consumer(scheduler, plugins, retry_policy(strategy, RETRIES, 0), RunState())

        self.consumer = self.loop.run_until_complete(make())
        self.submitter = self.consumer._submitter
        self.consumer._tasks = self
        for vetoed in (False, False, True):
            self.push(vetoed)

    def start_soon(self, function, *args):
        self.tasks.append(self.loop.create_task(function(*args)))

    def turn(self):
        """Let all tasks go on as far as they can."""

        async def turns():
            for _ in range(60):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())

    def at(self, *places):
        return [job for job, model in self.models.items() if model.at in places]

    def stop_all(self):
        self.stopped = True
        for model in self.models.values():
            model.kill()

    def follow(self, job):
        """Have the model of the whole run do what follows from the end of a job."""
        if self.models[job].at == "to be tried again" and self.stopped:
            self.models[job].end(S.CANCELLED)
        if self.models[job].over is S.FAILED and self.strategy == "halt" and not self.stopped:
            self.stop_all()
        if self.strategy == "halt":
            # What else is observed before the hooks of the failure have returned may be either.
            self.turn()

    # --- what the producer does ---

    @precondition(lambda self: len(self.models) < 6)
    @rule(vetoed=st.booleans(), collected=st.booleans())
    def push(self, vetoed, collected=False):
        job = StillJob(len(self.models), ("true",), "", options={})
        job.moves = []
        self.models[job] = Model(self.strategy, vetoed and self.hooked)
        if vetoed:
            self.hooks.vetoed.add(job)
        self.records[job] = record = self.consumer.open(job)
        if collected:
            self.consumer.collect(record)
            self.models[job].end(S.FINISHED)
            return
        self.start_soon(self.consumer.enqueue, record)
        self.turn()
        if self.stopped:
            self.models[job].kill()

    @rule(data=st.data(), everything=st.sampled_from([*[None] * 8, False, False, True]))
    def kill(self, data, everything):
        if everything:
            self.consumer.stop()
            self.stop_all()
        elif everything is not None:
            job = data.draw(st.sampled_from([*self.models]))
            self.consumer._observe(self.records[job], Observed.KILL_WANTED)
            self.models[job].kill()

    # --- what the submitter does ---

    @rule(data=st.data())
    def submit(self, data):
        """Hand over what there are slots for; some of what was handed over gets its answer."""
        for record in self.submitter._take():
            assert self.models[record.job].at == "waits"
            self.models[record.job].at = "handed over"
        for job in self.at("handed over"):
            answer = data.draw(st.sampled_from([*[self.accepted] * 4, self.not_sent, self.refused]))
            if data.draw(st.integers(0, 4)):
                answer(job)

    def accepted(self, job):
        self.submitter._accepted(self.records[job], "1")
        self.models[job].accepted()

    def not_sent(self, job):
        self.submitter._not_submitted(self.records[job], SubmitFailed("not now"))
        self.models[job].came_back()

    def refused(self, job, kind=FailureKind.REJECTED):
        self.submitter._fail(self.records[job], kind, "no")
        self.models[job].ended(Ended(None, Failure(kind, "no"), started=False))
        self.follow(job)

    @precondition(lambda self: self.at("handed over"))
    @rule(data=st.data())
    def not_written(self, data):
        """The disk is full, or `wrap_cmd` raises."""
        self.refused(data.draw(st.sampled_from(self.at("handed over"))), FailureKind.NEVER_STARTED)

    @precondition(lambda self: self.at("to be tried again"))
    @rule(data=st.data())
    def retry_due(self, data):
        job = data.draw(st.sampled_from(self.at("to be tried again")))
        self.consumer._observe(self.records[job], Observed.RETRY_DUE)
        self.models[job].at = "waits"

    # --- what the watcher does ---

    @precondition(lambda self: self.at("with the scheduler", "being killed"))
    @rule(data=st.data(), seen=ENDS | st.just(Observed.RUNNING))
    def watch(self, data, seen):
        job = data.draw(st.sampled_from(self.at("with the scheduler", "being killed")))
        self.consumer._observe(self.records[job], seen)
        if isinstance(seen, Ended):
            self.models[job].ended(seen)
            self.follow(job)

    @rule(data=st.data(), seen=ENDS | st.sampled_from(Observed))
    def seen_out_of_place(self, data, seen):
        """What comes late, twice, or of a job that is elsewhere changes nothing."""
        job = data.draw(st.sampled_from([*self.models]))
        if self.models[job].at in OUT_OF_PLACE.get(seen, ANY_END):
            self.consumer._observe(self.records[job], seen)

    # --- time ---

    @rule(free=st.booleans())
    def hooks_return_or_take_their_time(self, free):
        if free:
            self.hooks.free.set()
            self.turn()
        elif self.strategy != "halt":
            self.hooks.free.clear()

    # --- what holds ---

    @invariant()
    def only_allowed_moves(self):
        for job in self.models:
            for before, after in job.moves:
                assert after in ALLOWED.get(before, ()), f"{job!r} has moved {before} -> {after}"

    @invariant()
    def the_slots_are_not_exceeded(self):
        if self.models:
            assert len(self.consumer.running) <= FORKS

    @invariant()
    def what_is_settled_is_final(self):
        for job, model in self.models.items():
            if self.consumer.is_settled(job):
                assert job.status in TERMINAL
                assert model.over is job.status

    def teardown(self):
        try:
            if self.models:
                self._agree()
                self._complete_the_evidence()
                self._agree()
            for task in self.tasks:
                task.result()  # All are done, and raise what they have raised.
        finally:
            for task in self.tasks:
                task.cancel()
            self.turn()
            self.loop.close()

    def _agree(self):
        """Once all hooks have returned, each job is where the model says."""
        self.hooks.free.set()
        self.turn()
        for job, model in self.models.items():
            assert self.consumer.is_settled(job) == (model.at == "over"), f"{job!r}: {model.at}"
            if model.at == "over":
                assert job.status is model.over
            if self.hooked:
                self._each_move_was_told_once(job)

    def _each_move_was_told_once(self, job):
        made = Counter(HOOK_OF[status] for _, status in job.moves if status in HOOK_OF)
        told = Counter({hook: n for (of, hook), n in self.hooks.calls.items() if of is job})
        if self.models[job].vetoed:
            # It was asked, and has not moved.
            del told["on_job_killing"]
        assert told == made

    def _complete_the_evidence(self):
        """Accept, end and try again whatever is left; then all jobs are final."""
        for _ in range(10 * len(self.models)):
            left = [(job, model) for job, model in self.models.items() if model.at != "over"]
            for job, model in left:
                if model.at == "to be tried again":
                    self.consumer._observe(self.records[job], Observed.RETRY_DUE)
                    model.at = "waits"
                elif model.at == "handed over":
                    self.accepted(job)
                elif model.at in ("with the scheduler", "being killed"):
                    self.consumer._observe(self.records[job], OK)
                    model.ended(OK)
            self.turn()
            for record in self.submitter._take():
                self.accepted(record.job)
        assert not left
        assert self.consumer.idle.is_set()


MANY = settings(
    max_examples=400,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_each_job_goes_as_the_model_says():
    check(Runs, settings=MANY)


# --- that it finds what is wrong -----------------------------------------------------------------


def _deciding(change):
    """Return what breaks the decision: `change` is given what was held, seen and decided."""

    def plant(monkeypatch):
        monkeypatch.setattr(
            _consumer, "step", lambda held, seen: change(held, seen, step(held, seen))
        )

    return plant


def _retries(held):
    job, _ = held.decide_retry.args
    return job.trial_count


def _observations_are_dropped(monkeypatch):
    observe = Consumer._observe

    def deaf(self, record, seen):
        if record.observed is None:
            observe(self, record, seen)

    monkeypatch.setattr(Consumer, "_observe", deaf)


def _slots_are_miscounted(monkeypatch):
    monkeypatch.setattr(
        Consumer, "_free_slots", lambda self: self.scheduler.forks - len(self._records.submitted)
    )


def _hooks_are_called_twice(monkeypatch):
    call = Plugins.call

    async def twice(self, *args):
        await call(self, *args)
        return await call(self, *args)

    monkeypatch.setattr(Plugins, "call", twice)


PLANTED = {
    "a kill of what is handed over is forgotten": _deciding(
        lambda _held, _seen, decision: (
            Decision() if decision.effect is Effect.KILL_LATER else decision
        )
    ),
    "what was killed has finished": _deciding(
        lambda _held, seen, decision: (
            Decision((S.FINISHED,), Effect.SETTLE)
            if decision.moves == (S.KILLED,) and seen == OK
            else decision
        )
    ),
    "a refusal is tried again": _deciding(
        lambda held, _seen, decision: (
            Decision((S.FAILED, S.RETRYING), Effect.RETRY, Retry())
            if decision.moves == (S.FAILED,) and held.decide_retry(LOST.failure)
            else decision
        )
    ),
    "no retries are left too early": _deciding(
        lambda held, _seen, decision: (
            Decision((*decision.moves[:-1],), Effect.SETTLE)
            if decision.effect is Effect.RETRY
            and held.decide_retry.args[0].trial_count == RETRIES - 1
            else decision
        )
    ),
    "a job runs that was not seen to": _deciding(
        lambda held, seen, decision: (
            Decision((S.FINISHED,), Effect.SETTLE)
            if held.status is S.SUBMITTED and seen == OK
            else decision
        )
    ),
    "nobody is told of what was cancelled": _deciding(
        lambda _held, _seen, decision: (
            Decision(decision.moves) if decision.moves == (S.CANCELLED,) else decision
        )
    ),
    "what is final fails": _deciding(
        lambda held, seen, decision: (
            Decision((S.FAILED,), Effect.SETTLE)
            if held.status is S.FINISHED and seen == LOST
            else decision
        )
    ),
    "what comes during a hook is dropped": _observations_are_dropped,
    "the slots are miscounted": _slots_are_miscounted,
    "hooks are called twice": _hooks_are_called_twice,
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(plant, monkeypatch):
    plant(monkeypatch)
    with pytest.raises((AssertionError, XquteError)):
        check(
            Runs,
            settings=settings(MANY, max_examples=4000, phases=[Phase.generate], print_blob=False),
        )
