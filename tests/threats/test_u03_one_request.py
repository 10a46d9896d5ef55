"""U-3: one link is one request: PUT, at its own path, for its own part of its own upload.

Another pair is refused with 400, 403, 404 or 405, whichever its address is answered with: some lead to no route that
takes a signature, so that there is none to be called wrong. None is ever carried out.
"""

from typing import Any

from core.testing.sites import Browser, Site
from tests.core.videos.uploading import NEW
from tests.threats.on_disk import FIRST, ask, link_of, received

METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT")


async def test_u3_link_is_good_for_one_method_on_one_path(disk: Site, ada: Browser, upload: dict[str, Any]) -> None:
    other = (await ada.api("POST", "/uploads", NEW)).json
    path, _, query = (await link_of(ada, upload)).partition("?")
    own_id, other_id = path.split("/")[-2], (await link_of(ada, other)).split("/")[-2]
    paths = {
        "own": path,
        "another part": path.removesuffix("1") + "2",
        "another upload": path.replace(own_id, other_id),
        "another prefix": f"/media/originals/{upload['video_id']}/{upload['id']}",
        "through a parent": path.replace("/uploads/", "/uploads/x/../"),
        "through an encoded parent": path.replace("/uploads/", "/uploads/%2e%2e/uploads/"),
        "with a doubled slash": path.replace("/uploads/", "//uploads/"),
        "encoded twice": path.replace(own_id[0], f"%25{ord(own_id[0]):02x}", 1),
    }
    for name, target in paths.items():
        for method in METHODS:
            if (name, method) != ("own", "PUT"):
                answer = await ask(disk, method, f"{target}?{query}", FIRST if method == "PUT" else b"")
                assert answer.status in (400, 403, 404, 405), f"{method} {name}"
    assert await received(ada, upload) == await received(ada, other) == []
    assert (await ask(disk, "PUT", f"{path}?{query}", FIRST)).status == 200
    assert await received(ada, upload) == [1]
