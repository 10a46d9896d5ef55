"""The caller of hooks survives whatever a plugin does, says whose fault it was, and lets no guard be skipped."""

import asyncio
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from core.hooks import GuardFailed, Hooks, ProviderError
from tests.plugin_modules import manager_of, plugin_module

LOGIN: dict[str, object] = {"request": None}
GUARDED: dict[str, object] = {"user": None, "action": "video.upload", "subject": None}


def answering(name: str, answer: object) -> ModuleType:
    """Return a plugin that answers `login_options` and `is_allowed` alike."""

    async def login_options() -> Any:
        return answer

    async def is_allowed() -> Any:
        return answer

    return plugin_module(name, login_options, is_allowed)


def failing(name: str = "broken") -> ModuleType:
    """Return a plugin that raises in `login_options`, `is_allowed` and `user_joined`."""

    async def login_options() -> None:
        raise ZeroDivisionError("no luck")

    async def is_allowed() -> None:
        raise ZeroDivisionError("no luck")

    async def user_joined() -> None:
        raise ZeroDivisionError("no luck")

    return plugin_module(name, login_options, is_allowed, user_joined)


def hanging(name: str = "stuck") -> ModuleType:
    """Return a plugin that never answers."""

    async def login_options() -> None:
        await asyncio.Event().wait()

    async def is_allowed() -> None:
        await asyncio.Event().wait()

    return plugin_module(name, login_options, is_allowed)


async def asked(hooks: Hooks, hook: str = "login_options", **arguments: object) -> list[object]:
    """Return every answer."""
    return [answer async for answer in hooks.ask(hook, **(arguments or LOGIN))]


def nav(name: str) -> ModuleType:
    """Return a plugin that contributes its own name to the navigation."""

    def nav_items() -> Any:
        return [name]

    return plugin_module(name, nav_items)


def storing(name: str) -> ModuleType:
    """Return a plugin that provides a storage."""

    def storage(settings: object) -> Any:
        return f"{name} in {settings}"

    return plugin_module(name, storage)


def test_contributions_come_in_the_order_of_settings() -> None:
    hooks = Hooks(manager_of(nav("zebra"), nav("ant"), nav("mole")))

    assert hooks.collect("nav_items") == [("zebra", ["zebra"]), ("ant", ["ant"]), ("mole", ["mole"])]


def test_implementation_takes_only_the_arguments_it_names() -> None:
    hooks = Hooks(manager_of(storing("disk")))

    found: object = hooks.provider("storage", settings="here", signer="unused")

    assert found == "disk in here"


def test_missing_provider_is_named_with_the_remedy() -> None:
    with pytest.raises(ProviderError, match=r"no enabled plugin provides a storage\. Add one to plugins in settings"):
        Hooks(manager_of()).provider("storage", settings=None, signer=None)


def test_two_providers_of_a_kind_are_both_named() -> None:
    hooks = Hooks(manager_of(storing("disk"), storing("cloud")))

    with pytest.raises(ProviderError, match=r"disk and cloud both provide a storage\. Keep one of them in plugins"):
        hooks.provider("storage", settings=None, signer=None)


def test_optional_provider_may_be_missing() -> None:
    assert Hooks(manager_of()).optional_provider("mailer", settings=None) is None


async def test_answers_come_in_order_without_those_that_have_none() -> None:
    hooks = Hooks(manager_of(answering("first", 1), answering("silent", None), answering("second", 2)))

    assert await asked(hooks) == [1, 2]


async def test_failing_plugin_is_named_in_the_log_and_the_others_are_heard() -> None:
    hooks = Hooks(manager_of(answering("first", 1), failing(), answering("second", 2)))

    with capture_logs() as logs:
        assert await asked(hooks) == [1, 2]

    (line,) = [line for line in logs if line["event"] == "hook_failed"]
    assert (line["plugin"], line["hook"], line["failures"]) == ("broken", "login_options", 1)
    assert isinstance(line["exc_info"], ZeroDivisionError)


async def test_plugin_that_misses_its_deadline_is_passed_over() -> None:
    hooks = Hooks(manager_of(hanging(), answering("quick", 1)), deadline=0.02)

    with capture_logs() as logs:
        assert await asked(hooks) == [1]

    assert [line["plugin"] for line in logs if line["event"] == "hook_failed"] == ["stuck"]


async def test_answer_that_took_half_the_deadline_is_logged_as_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([100.0, 100.8])
    monkeypatch.setattr("core.hooks.time", SimpleNamespace(monotonic=lambda: next(ticks)))

    with capture_logs() as logs:
        assert await asked(Hooks(manager_of(answering("slow", 1)), deadline=1)) == [1]

    slow = {"event": "hook_slow", "log_level": "warning", "plugin": "slow", "hook": "login_options", "seconds": 0.8}
    assert logs == [slow]


async def test_answer_that_is_no_coroutine_is_a_failure_and_not_an_answer() -> None:
    def login_options() -> list[str]:
        return ["at once"]

    with capture_logs() as logs:
        assert await asked(Hooks(manager_of(plugin_module("plain", login_options)))) == []

    assert "async def" in str(logs[0]["exc_info"])


async def test_announcement_reaches_everybody_whoever_fails() -> None:
    told: list[object] = []

    async def user_joined(user: object) -> str:
        told.append(user)
        return "what a report answers counts for nothing"

    hooks = Hooks(manager_of(failing(), plugin_module("listener", user_joined)))
    await hooks.announce("user_joined", user="ada")

    assert told == ["ada"]


async def test_plugin_is_switched_off_after_failing_too_often_in_a_row() -> None:
    hooks = Hooks(manager_of(failing(), answering("sound", 1)), budget=3)

    with capture_logs() as logs:
        for _ in range(5):
            assert await asked(hooks) == [1]

    assert hooks.switched_off == ["broken"]
    assert len([line for line in logs if line["event"] == "hook_failed"]) == 3
    (off,) = [line for line in logs if line["event"] == "plugin_switched_off"]
    assert off["plugin"] == "broken"
    assert "remove it from settings.toml" in off["remedy"]


@pytest.mark.parametrize("hook", ["login_options", "is_allowed"])
async def test_success_in_between_forgives_earlier_failures(hook: str) -> None:
    fails = iter([True, True, False, True, True, False])

    async def answer() -> int:
        if next(fails):
            raise ZeroDivisionError
        return 1

    answer.__name__ = hook
    hooks = Hooks(manager_of(plugin_module("moody", answer)), budget=3)

    for _ in range(6):
        if hook == "login_options":
            await asked(hooks)
        else:
            await asyncio.gather(hooks.ask_guards(hook, **GUARDED), return_exceptions=True)

    assert hooks.switched_off == []


async def test_answer_under_way_at_the_switch_off_does_not_switch_on_again() -> None:
    release, began = asyncio.Event(), asyncio.Event()

    async def login_options(request: object) -> int:
        if request == "fail":
            raise ZeroDivisionError
        began.set()
        await release.wait()
        return 1

    hooks = Hooks(manager_of(plugin_module("moody", login_options)), budget=1)
    under_way = asyncio.create_task(asked(hooks, request="wait"))
    await began.wait()
    await asked(hooks, request="fail")
    release.set()

    assert await under_way == [1]
    assert hooks.switched_off == ["moody"]


async def test_guards_opinions_are_all_returned() -> None:
    hooks = Hooks(manager_of(answering("yes", True), answering("silent", None), answering("no", False)))

    assert await hooks.ask_guards("is_allowed", **GUARDED) == [True, False]


@pytest.mark.parametrize(("guard", "name"), [(failing(), "broken"), (hanging(), "stuck")])
async def test_guard_that_cannot_answer_refuses(guard: ModuleType, name: str) -> None:
    hooks = Hooks(manager_of(answering("yes", True), guard), deadline=0.02)

    with pytest.raises(GuardFailed, match=f"{name} could not answer is_allowed"):
        await hooks.ask_guards("is_allowed", **GUARDED)


async def test_guard_of_a_switched_off_plugin_still_stands() -> None:
    hooks = Hooks(manager_of(failing(), answering("yes", True)), budget=1)
    await asked(hooks)
    assert hooks.switched_off == ["broken"]

    with pytest.raises(GuardFailed):
        await hooks.ask_guards("is_allowed", **GUARDED)


async def test_cancelled_request_is_not_the_plugins_failure() -> None:
    hooks = Hooks(manager_of(hanging()), budget=1)
    waiting = asyncio.create_task(asked(hooks))
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert hooks.switched_off == []
