"""The plugins of one producer, and the one place that calls their hooks."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import anyio
from simplug import SimplugWrapper, SyncImplOnAsyncSpecWarning

from xqute._errors import HookTimeout, PluginError
from xqute._hooks import HOOK_OF, SPECS, simplug
from xqute._status import JobStatus

if TYPE_CHECKING:
    from xqute._job import Job
    from xqute._scheduler import Scheduler

logger = logging.getLogger("xqute")

_MOST_ERRORS = 100

#: The job whose hook is being called, where one is.
job_of_hook: ContextVar[Job | None] = ContextVar("job_of_hook", default=None)


class Plugins:
    """The plugins that one producer calls.

    Attributes:
        errors: What hooks have raised, the first hundred, each with a note that says which hook.
        more_errors: How many more there were.
    """

    def __init__(self, extra: Sequence[Any] = (), timeout: float | None = None) -> None:
        """Collect what is registered and installed, and what `extra` adds or leaves out.

        Args:
            extra: Plugins for this producer alone; a name with a leading `-` leaves one out.
            timeout: Seconds after which a hook that has not returned is cancelled, None for never.

        Raises:
            PluginError: One can't be loaded, is not known, or has hooks of the wrong form.
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
                        f"there is no plugin {plugin[1:]!r} to leave out; there are: "
                        f"{', '.join(sorted(chosen)) or 'none'}"
                    )
            else:
                wrapper = _wrap(plugin, index)
                if wrapper.name in chosen and chosen[wrapper.name].plugin is not wrapper.plugin:
                    raise PluginError(f"two plugins are named {wrapper.name!r}")
                chosen[wrapper.name] = wrapper
        ordered = sorted(chosen.values(), key=lambda wrapper: wrapper.priority)
        selves: dict[str, Any] = {}
        self._impls = {hook: _implementations(hook, ordered, selves) for hook in SPECS}
        self.wanted = frozenset(s for s, hook in HOOK_OF.items() if self._impls[hook])

    async def call(self, hook: str, *args: Any) -> bool:
        """Call a hook of all plugins, one after the other.

        Returns:
            Whether none of them returned False.
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
                if len(self.errors) < _MOST_ERRORS:
                    self.errors.append(error)
                else:
                    self.more_errors += 1
            else:
                agreed = agreed and result is not False
        return agreed

    async def _in_time(self, result: Awaitable[object]) -> object:
        with anyio.move_on_after(self._timeout):
            return await result
        raise HookTimeout(f"it did not return within {self._timeout:g} s, and was cancelled")

    async def call_for(self, status: JobStatus, scheduler: Scheduler, job: Job) -> bool:
        """Call the hook of a state for a job; see `call`."""
        token = job_of_hook.set(job)
        try:
            return await self.call(HOOK_OF[status], scheduler, job)
        finally:
            job_of_hook.reset(token)


def _load_installed() -> None:
    """Register the plugins that installed distributions publish in the group `xqute`, once."""
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
                f"{type(error).__name__}: {error}; leave it out by removing the distribution"
            ) from error


def _wrap(plugin: Any, index: int) -> SimplugWrapper:
    try:
        return SimplugWrapper(plugin, len(simplug.get_all_plugin_names()), index)
    except Exception as error:
        raise PluginError(
            f"plugin {plugin!r} can't be used: {type(error).__name__}: {error}"
        ) from error


def _implementations(
    hook: str, wrappers: Sequence[SimplugWrapper], selves: dict[str, Any]
) -> list[tuple[str, Callable[..., Any]]]:
    found = []
    for wrapper in wrappers:
        impl = wrapper.hook(hook)
        if impl is None:
            continue
        _check_form(hook, wrapper, impl.impl)
        function = impl.impl
        if impl.has_self:
            if wrapper.name not in selves:
                selves[wrapper.name] = _instance(wrapper)
            function = function.__get__(selves[wrapper.name])
        found.append((wrapper.name, function))
    return found


def _check_form(hook: str, wrapper: SimplugWrapper, function: Callable[..., Any]) -> None:
    wanted = list(inspect.signature(SPECS[hook]).parameters)
    given = [name for name in inspect.signature(function).parameters if name != "self"]
    if given != wanted:
        raise PluginError(
            f"hook {hook} of plugin {wrapper.name!r} takes {given}, and must take {wanted}"
        )
    if not inspect.iscoroutinefunction(function):
        warnings.warn(
            f"hook {hook} of plugin {wrapper.name!r} is a plain function: it holds up everything "
            f"while it runs; make it `async def`",
            SyncImplOnAsyncSpecWarning,
            stacklevel=2,
        )


def _instance(wrapper: SimplugWrapper) -> Any:
    """Return what `self` is: an instance, made here when the plugin is a class."""
    if not inspect.isclass(wrapper.plugin):
        return wrapper.plugin
    try:
        return wrapper.plugin()
    except TypeError as error:
        raise PluginError(
            f"plugin {wrapper.name!r} is a class that can't be made without arguments: "
            f"register an instance of it"
        ) from error
