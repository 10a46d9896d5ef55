"""The core's own routes."""

from core.http.health import health_routes
from core.http.playlists import playlist_routes
from core.http.processing import processing_routes
from core.http.routing import Route
from core.http.uploads import upload_routes
from core.http.videos import video_routes


def core_routes() -> list[Route]:
    """Return the routes that are there whatever plugins are enabled."""
    return [*upload_routes(), *video_routes(), *processing_routes(), *playlist_routes(), *health_routes()]
