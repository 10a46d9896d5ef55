"""Every extension point of Mutoscope, on one page.

The name tells the call style. **Nouns contribute**: called once at start, everything returned is collected.
**Verbs answer**: awaited in the order of `plugins` in settings.toml; each spec says whose answer counts; where they
guard something, an error or a missed deadline is a refusal. **Past participles report**: awaited one by one and
isolated, so a failing subscriber never fails what it is told of. What happens to a video is reported once, and once
more only where a process dies after telling, before it has written down that all were told. **Providers** return an
async context manager that lives as long as the site; exactly one plugin of a kind may be enabled, but for storages.

An implementation takes only the arguments it needs.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

import pluggy
from aiohttp import web
from pydantic import BaseModel

from core.http.routing import Route
from core.mail import Mailer
from core.models import Job, Role, Upload, User, Video
from core.moderation import Refusal, Verdict
from core.pages import Fragment, LoginOption, NavItem
from core.storage import Storage
from core.transcoding import Transcoder
from core.videos.text_tracks import TextTrack

if TYPE_CHECKING:
    import click
    from taskiq import AsyncBroker

    from core.jobs import JobKind
    from core.services import Services
    from core.settings import Settings
    from core.signing import Signer

hookspec = pluggy.HookspecMarker("mutoscope")
hookimpl = pluggy.HookimplMarker("mutoscope")

# ── contribute ──────────────────────────────────────────────────────────────────────────────────────────────────────


@hookspec
def settings_model() -> type[BaseModel]:
    """Return the model of the plugin's table in settings.toml: frozen, extra="forbid", a default where one is sane."""


@hookspec
def routes(services: "Services") -> Iterable[Route]:
    """Return the plugin's routes, each with its policy."""


@hookspec
def permissions() -> dict[str, Role]:
    """Return permissions the plugin asks for, with the least role that has them: {"video.upload": Role.CREATOR}."""


@hookspec
def commands(settings: "Settings") -> "Iterable[click.Command]":
    """Return commands for the `mutoscope` command line; each appears as `mutoscope <plugin> <command>`."""


@hookspec
def nav_items() -> Iterable[NavItem]:
    """Return entries of the main navigation, in order."""


@hookspec
def jobs(services: "Services") -> "Iterable[JobKind]":
    """Return the kinds of job the plugin runs, named `<plugin>.<what>`."""


# ── provide ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@hookspec
def storage(settings: "Settings", signer: "Signer") -> Iterable[AbstractAsyncContextManager[Storage]]:
    """Provide where objects are kept: one storage or several, each with a name of its own. At least one plugin.

    Where there are several, `[storage] primary` says which takes new objects; the others keep what they have.
    """


@hookspec
def transcoder(settings: "Settings") -> AbstractAsyncContextManager[Transcoder]:
    """Provide what turns files into renditions. Exactly one plugin."""


@hookspec
def mailer(settings: "Settings") -> AbstractAsyncContextManager[Mailer]:
    """Provide what delivers mail. At most one plugin; without one, features that need mail say so."""


@hookspec
def task_broker(settings: "Settings") -> "AsyncBroker":
    """Provide the taskiq broker that rings the workers' bell. At most one plugin; the default rings in this process."""


# ── answer ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@hookspec
async def identify(request: web.Request) -> User | None:
    """Say who sends a request that carries no session cookie, by a token for instance. The first answer counts."""


@hookspec
async def is_allowed(user: User, action: str, subject: object) -> bool | None:
    """May the user do this? Any False refuses, else any True grants, else the permission's role decides."""


@hookspec
async def accept_upload(user: User, upload: Upload) -> Refusal | None:
    """May this upload begin? The first refusal counts; an error refuses. `upload` is not saved yet."""


@hookspec
async def review_video(video: Video) -> Verdict | None:
    """Decide whether a video may go public. None means no opinion; the strictest verdict wins; an error holds it."""


@hookspec
async def page_slot(slot: str, request: web.Request, context: dict[str, object]) -> Fragment | None:
    """Return what stands in a slot of a page, such as `watch.actions`; fragments follow each other in plugin order."""


@hookspec
async def text_tracks(video: Video, services: "Services") -> Sequence[TextTrack]:
    """Return the captions a watchable video has. Its playlists list them; a page shows them by `watch.tracks`."""


@hookspec
async def login_options(request: web.Request) -> Sequence[LoginOption]:
    """Return the ways to sign in that the log-in and account links offer."""


@hookspec
async def invite(user: User, services: "Services") -> str | None:
    """Return a one-time link with which a user made on the command line can sign in first. The first answer counts."""


@hookspec
async def startup_notices(services: "Services") -> Sequence[str]:
    """Return what the deployer should read on the console after the start, such as the first administrator's link."""


# ── report ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@hookspec
async def user_joined(user: User) -> None:
    """A person has an account now."""


@hookspec
async def video_uploaded(video: Video) -> None:
    """The file is complete and safe; nothing was looked at yet."""


@hookspec
async def video_playable(video: Video) -> None:
    """A first rendition can be watched by whoever may watch the video.

    Once for a file, however often it is processed; not for one that takes the place of what plays.
    """


@hookspec
async def video_processed(video: Video) -> None:
    """The complete set of renditions is the current one. Once for each set; "try again" may make another."""


@hookspec
async def processing_failed(video: Video, job: Job) -> None:
    """A job gave the video up; `job.error_code` says why."""


@hookspec
async def video_published(video: Video) -> None:
    """Others can see the video for the first time."""


@hookspec
async def video_deleted(video: Video) -> None:
    """The owner or a moderator deleted the video. It may be restored for a while; then its objects go."""


# ── privacy ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@hookspec
async def export_user(user: User) -> dict[str, object]:
    """Return everything the plugin stores about a person, as JSON values. Required of a plugin that stores any."""


@hookspec
async def erase_user(user: User) -> None:
    """Delete or anonymise everything the plugin stores about a person."""
