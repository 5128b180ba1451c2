"""The plugins of one run. All hooks are called here."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import entry_points
from typing import Any

import anyio
from simplug import SimplugWrapper, SyncImplOnAsyncSpecWarning

from xqute._errors import HookTimeout, PluginError
from xqute._hook_context import job_of_hook
from xqute._hooks import HOOKS_OF, SPECS, HookSpec, simplug
from xqute._job import Job
from xqute._scheduler import Scheduler
from xqute._status import JobStatus

logger = logging.getLogger("xqute")

_MOST_ERRORS = 100


class Plugins:
    """The plugins of one run.

    Attributes:
        wanted: The states for which a plugin has a hook.
        errors: The first hundred exceptions of hooks. Each has a note that names its hook.
        more_errors: The number of exceptions beyond those.
    """

    def __init__(self, extra: Sequence[Any] = (), timeout: float | None = None) -> None:
        """Collect the plugins of the run.

        These are all that are registered or installed, and those that `extra` adds or leaves out.

        Args:
            extra: Plugins for this run alone. A name with a leading `-` leaves one out.
            timeout: Seconds that a hook may take before it is cancelled. None for no limit.

        Raises:
            PluginError: A plugin can't be loaded, is unknown, or has a hook with wrong arguments.
        """
        self.errors: list[Exception] = []
        self.more_errors = 0
        self._timeout = timeout
        _load_installed()
        chosen = dict(simplug.get_enabled_plugins())
        for index, plugin in enumerate(extra):
            if isinstance(plugin, str) and plugin.startswith("-"):
                if chosen.pop(plugin[1:], None) is None:
                    raise PluginError(
                        f"there is no plugin {plugin[1:]!r} to leave out; the plugins are: "
                        f"{', '.join(sorted(chosen)) or 'none'}"
                    )
            else:
                wrapper = _wrap(plugin, index)
                if wrapper.name in chosen and chosen[wrapper.name].plugin is not wrapper.plugin:
                    raise PluginError(f"two plugins are named {wrapper.name!r}")
                chosen[wrapper.name] = wrapper
        ordered = sorted(chosen.values(), key=lambda wrapper: wrapper.priority)
        selves: dict[str, Any] = {}
        self._impls = {
            name: _implementations(spec, ordered, selves) for name, spec in SPECS.items()
        }
        self.wanted = frozenset(
            state
            for state in JobStatus
            if self._impls["on_job_moved"]
            or any(self._impls[spec.name] for spec in HOOKS_OF[state])
        )

    async def call(self, hook: str, *args: Any) -> bool:
        """Call a hook of all plugins, one after the other.

        Returns:
            False if one of them has returned False, True otherwise.
        """
        agreed = True
        for name, impl in self._impls[hook]:
            try:
                result = impl(*args)
                if inspect.isawaitable(result):
                    result = await self._in_time(result)
            except Exception as error:
                error.add_note(f"raised by hook {hook} of plugin {name!r}")
                logger.exception("hook %s of plugin %r failed", hook, name)
                self.report(error)
            else:
                agreed = agreed and result is not False
        return agreed

    async def _in_time(self, result: Awaitable[object]) -> object:
        with anyio.move_on_after(self._timeout):
            return await result
        raise HookTimeout(f"it did not return within {self._timeout:g} s, and was cancelled")

    def report(self, error: Exception) -> None:
        """Keep an exception that has harmed no job, to raise it at the end of the run."""
        if len(self.errors) < _MOST_ERRORS:
            self.errors.append(error)
        else:
            self.more_errors += 1

    # --- the hooks of a job ---

    async def tell_made(self, scheduler: Scheduler, job: Job) -> None:
        """Call `on_job_init` for a job that was just created."""
        await self._call_of(job, "on_job_init", scheduler, job)

    async def ask_to_kill(self, scheduler: Scheduler, job: Job) -> bool:
        """Call `on_job_killing`, and return whether the job may be killed."""
        return await self._call_of(job, "on_job_killing", scheduler, job)

    async def tell_move(
        self, scheduler: Scheduler, job: Job, before: JobStatus, after: JobStatus
    ) -> None:
        """Call the hooks for a move that was just made."""
        await self._call_of(job, "on_job_moved", scheduler, job, before, after)
        # A hook that can veto the move was called before it.
        for spec in HOOKS_OF[after]:
            if not spec.vetoes and spec.before in (None, before):
                await self._call_of(job, spec.name, scheduler, job)

    async def _call_of(self, job: Job, hook: str, *args: Any) -> bool:
        if not self._impls[hook]:
            return True
        token = job_of_hook.set(job)
        try:
            return await self.call(hook, *args)
        finally:
            job_of_hook.reset(token)


def _load_installed() -> None:
    """Register the plugins of installed distributions, from the entry points of group `xqute`."""
    known = simplug.get_all_plugin_names()
    for point in entry_points(group="xqute"):
        if point.name in known:
            continue
        dist = point.dist.name if point.dist else "an unknown distribution"
        try:
            simplug.register((point.load(), point.name))
        except Exception as error:
            raise PluginError(
                f"plugin {point.name!r} of distribution {dist} can't be used: "
                f"{type(error).__name__}: {error}; uninstall the distribution to leave it out"
            ) from error


def _wrap(plugin: Any, index: int) -> SimplugWrapper:
    try:
        return SimplugWrapper(plugin, len(simplug.get_all_plugin_names()), index)
    except Exception as error:
        raise PluginError(
            f"plugin {plugin!r} can't be used: {type(error).__name__}: {error}"
        ) from error


def _implementations(
    spec: HookSpec, wrappers: Sequence[SimplugWrapper], selves: dict[str, Any]
) -> list[tuple[str, Callable[..., Any]]]:
    found = []
    for wrapper in wrappers:
        impl = wrapper.hook(spec.name)
        if impl is None:
            continue
        _check_form(spec, wrapper, impl.impl)
        function = impl.impl
        if impl.has_self:
            if wrapper.name not in selves:
                selves[wrapper.name] = _instance(wrapper)
            function = function.__get__(selves[wrapper.name])
        found.append((wrapper.name, function))
    return found


def _check_form(spec: HookSpec, wrapper: SimplugWrapper, function: Callable[..., Any]) -> None:
    wanted = list(spec.arguments)
    given = [name for name in inspect.signature(function).parameters if name != "self"]
    if given != wanted:
        raise PluginError(
            f"hook {spec.name} of plugin {wrapper.name!r} takes {given}, but must take {wanted}"
        )
    if not inspect.iscoroutinefunction(function):
        warnings.warn(
            f"hook {spec.name} of plugin {wrapper.name!r} is a plain function, which blocks the "
            f"event loop while it runs; make it `async def`",
            SyncImplOnAsyncSpecWarning,
            stacklevel=2,
        )


def _instance(wrapper: SimplugWrapper) -> Any:
    """Return the `self` of hooks: the plugin, or an instance of it if it is a class."""
    if not inspect.isclass(wrapper.plugin):
        return wrapper.plugin
    try:
        return wrapper.plugin()
    except TypeError as error:
        raise PluginError(
            f"plugin {wrapper.name!r} is a class that can't be called without arguments: "
            f"register an instance of it"
        ) from error
