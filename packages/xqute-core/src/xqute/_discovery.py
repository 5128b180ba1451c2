"""Finding the class of a scheduler by its name, among the entry points of installed packages.

Only the scheduler that is asked for is imported.
"""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points

from xqute._errors import InvalidType, SchedulerLoadError, SchedulerNotFound
from xqute._scheduler import Scheduler

#: The group of entry points in which distributions publish schedulers.
GROUP = "xqute.schedulers"


def get_scheduler(scheduler: str | type[Scheduler]) -> type[Scheduler]:
    """Return the class of the scheduler of this name; a class is returned unchanged.

    Raises:
        SchedulerNotFound: No installed distribution has a scheduler of that name.
        SchedulerLoadError: The scheduler can't be imported or is not a complete `Scheduler`, or two
            distributions have one of that name.
        InvalidType: `scheduler` is neither a name nor a subclass of `Scheduler`.
    """
    if isinstance(scheduler, type) and issubclass(scheduler, Scheduler):
        return scheduler
    if not isinstance(scheduler, str):
        raise InvalidType(f"scheduler is a name or a subclass of Scheduler, not {scheduler!r}")
    found = [point for point in entry_points(group=GROUP) if point.name == scheduler]
    if not found:
        raise _not_found(scheduler)
    # A distribution may be found twice, as a wheel and as an editable install.
    if len({(_distribution(point), point.value) for point in found}) > 1:
        both = " and ".join(f"{_distribution(point)} ({point.value})" for point in found)
        raise SchedulerLoadError(f"two schedulers are named {scheduler!r}: {both}; remove one")
    return _load(found[0])


def _load(point: EntryPoint) -> type[Scheduler]:
    try:
        loaded = point.load()
    except Exception as error:
        raise SchedulerLoadError(
            f"scheduler {point.name!r} of distribution {_distribution(point)} can't be imported "
            f"from {point.value!r}: {type(error).__name__}: {error}"
        ) from error
    if not (isinstance(loaded, type) and issubclass(loaded, Scheduler)):
        raise SchedulerLoadError(
            f"scheduler {point.name!r} of distribution {_distribution(point)} is not a subclass "
            f"of xqute.Scheduler: {loaded!r}"
        )
    missing = sorted(getattr(loaded, "__abstractmethods__", ()))
    missing += [name for name in ("name", "job_class") if not hasattr(loaded, name)]
    if missing:
        raise SchedulerLoadError(
            f"scheduler {point.name!r} of distribution {_distribution(point)} lacks: "
            f"{', '.join(missing)}"
        )
    return loaded


def _not_found(name: str) -> SchedulerNotFound:
    if name == "local":
        return SchedulerNotFound(
            "the scheduler 'local' is in a distribution of its own: pip install xqute-local"
        )
    names = sorted({point.name for point in entry_points(group=GROUP)})
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return SchedulerNotFound(
        f"no scheduler {name!r} is installed; {hint}installed are: {', '.join(names) or 'none'}"
    )


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"
