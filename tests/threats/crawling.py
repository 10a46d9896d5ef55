"""Every GET route of a site by an address that leads somewhere, so that new routes are tried by themselves."""

from core.http.routing import PARAMETER, Route
from core.models import Upload, Video
from core.testing.sites import Answer, Browser, Site
from tests.routes import example_path
from tests.threats.watching import ask

_DOCUMENTS = ("text/html", "application/json", "application/problem+json", "text/event-stream", "text/plain")


async def real_paths(site: Site, video: Video) -> dict[str, str]:
    """Return the path of every GET route by the route's name; what it names is this video, its owner, or their own.

    The video has its owner and its current set.
    """
    assert video.current_set is not None
    static = site.services.assets.url("theme/site.js").split("/", 3)
    values = {
        "video_id": video.id,
        "set_id": video.current_set.id,
        "name": "720p",
        "handle": video.owner.handle,
        "upload_id": (await Upload.get(video_id=video.id)).id,
        "hash": static[2],
        "path": static[3],
        "key": f"{video.current_set.prefix}/{video.current_set.poster}",
    }
    return {route.name: example_path(route, **values) for route in gets(site)}


def gets(site: Site) -> list[Route]:
    """Return the routes that answer GET."""
    return [route for route in site.services.routes if route.method == "GET"]


async def file_paths(site: Site, browser: Browser, video: Video) -> dict[str, str]:
    """Return the routes that serve files rather than documents: those with parameters whose answers are neither."""
    parameters = {route.name for route in gets(site) if PARAMETER.search(route.path)}
    paths = {name: path for name, path in (await real_paths(site, video)).items() if name in parameters}
    answers = {name: await ask(browser, path) for name, path in paths.items()}
    return {name: paths[name] for name, answer in answers.items() if _is_file(answer)}


def _is_file(answer: Answer) -> bool:
    return answer.status == 200 and answer.headers["Content-Type"].partition(";")[0] not in _DOCUMENTS
