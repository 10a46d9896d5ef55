"""Call hooks one implementation at a time, so that a failing plugin is named, counted and survived."""

import asyncio
import inspect
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import pluggy
import structlog

log = structlog.get_logger()

# Typed at its producer by the hookspec; what a plugin really returns is checked by whoever asked.
Answer = Any


class GuardFailed(Exception):
    """A guarding hook raised or missed its deadline, which counts as a refusal."""


class ProviderError(Exception):
    """A kind of provider has none or several plugins; the message names them and the remedy."""


_deadline: ContextVar[float | None] = ContextVar("hook_deadline", default=None)


@contextmanager
def hook_deadline(seconds: float) -> Iterator[None]:
    """Give every implementation that is asked inside this block that long to answer."""
    token = _deadline.set(seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class Hooks:
    """The enabled plugins' implementations, in settings order, behind an error budget.

    A plugin that fails `budget` times in a row is switched off until the next start. Its guards stay: they refuse.
    """

    def __init__(self, manager: pluggy.PluginManager, *, deadline: float = 1.0, budget: int = 5) -> None:
        """`deadline` is in seconds, for one implementation; `hook_deadline` changes it for a block."""
        self._manager = manager
        self._deadline = deadline
        self._budget = budget
        self._failures: Counter[str] = Counter()

    @property
    def switched_off(self) -> list[str]:
        """Names of plugins past their error budget."""
        return [name for name, count in self._failures.items() if count >= self._budget]

    def collect(self, hook: str, **arguments: object) -> list[tuple[str, Answer]]:
        """Contribute: return (plugin, result) of every implementation, in settings order. Errors are the caller's."""
        return [(plugin, call()) for plugin, call in self._calls(hook, arguments)]

    def provider(self, kind: str, **arguments: object) -> AbstractAsyncContextManager[Answer]:
        """Provide: return the one plugin's context manager; raises ProviderError for none or several."""
        found: AbstractAsyncContextManager[Answer] | None = self.optional_provider(kind, **arguments)
        if found is None:
            raise ProviderError(f"no enabled plugin provides a {kind}. Add one to plugins in settings.toml.")
        return found

    def optional_provider(self, kind: str, **arguments: object) -> Answer | None:
        """Provide at most one; raises ProviderError that names the plugins when there are several."""
        calls = list(self._calls(kind, arguments))
        if len(calls) > 1:
            names = " and ".join(plugin for plugin, _ in calls)
            raise ProviderError(f"{names} both provide a {kind}. Keep one of them in plugins in settings.toml.")
        return calls[0][1]() if calls else None

    async def ask(self, hook: str, **arguments: object) -> AsyncIterator[Answer]:
        """Answer: yield what each plugin says, but for None; a plugin that fails has no opinion."""
        for plugin, call in self._calls(hook, arguments):
            if self._failures[plugin] >= self._budget:
                continue
            try:
                answer = await self._await(plugin, hook, call())
            except Exception as error:  # noqa: BLE001 - whatever a plugin raises must not fail the request
                self._failed(plugin, hook, error)
            else:
                self._succeeded(plugin)
                if answer is not None:
                    yield answer

    async def ask_guards(self, hook: str, **arguments: object) -> list[Answer]:
        """Answer on something guarded: return every opinion; raises GuardFailed if a plugin could not give its own."""
        answers = []
        for plugin, call in self._calls(hook, arguments):
            try:
                answer = await self._await(plugin, hook, call())
            except Exception as error:
                self._failed(plugin, hook, error)
                raise GuardFailed(f"{plugin} could not answer {hook}") from error
            self._succeeded(plugin)
            if answer is not None:
                answers.append(answer)
        return answers

    async def announce(self, hook: str, **arguments: object) -> None:
        """Report: tell every plugin; their failures are logged and go no further."""
        async for _ in self.ask(hook, **arguments):
            pass

    def _calls(self, hook: str, arguments: dict[str, object]) -> Iterator[tuple[str, Any]]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        for implementation in reversed(caller.get_hookimpls()):
            chosen = {name: arguments[name] for name in implementation.argnames}
            yield implementation.plugin_name, lambda found=implementation, chosen=chosen: found.function(**chosen)

    async def _await(self, plugin: str, hook: str, result: Answer | Awaitable[Answer]) -> Answer:
        if not inspect.isawaitable(result):
            raise TypeError("the implementation is not async: declare it with `async def`")
        started, deadline = time.monotonic(), _deadline.get() or self._deadline
        async with asyncio.timeout(deadline):
            answer = await result
        if (seconds := time.monotonic() - started) > deadline / 2:
            log.warning("hook_slow", plugin=plugin, hook=hook, seconds=round(seconds, 3))
        return answer

    def _succeeded(self, plugin: str) -> None:
        # An answer that was under way when the budget ran out must not switch the plugin on again.
        if self._failures[plugin] < self._budget:
            self._failures[plugin] = 0

    def _failed(self, plugin: str, hook: str, error: Exception) -> None:
        self._failures[plugin] += 1
        log.error("hook_failed", plugin=plugin, hook=hook, failures=self._failures[plugin], exc_info=error)
        if self._failures[plugin] == self._budget:
            log.error(
                "plugin_switched_off", plugin=plugin, remedy="fix it or remove it from settings.toml, then restart"
            )
