"""The upload protocol: create, sign, PUT the parts to the storage, complete. One client works for every storage."""

from aiohttp import web

from core.http.api_models import Empty, PartView, SignedPart, SignedParts, SignParts, UploadList, UploadView
from core.http.bodies import read_json
from core.http.context import json_response, services_of, signed_in
from core.http.policies import can
from core.http.routing import Operation, Route
from core.models import Upload, UploadState, User
from core.storage import ObjectMissing, Storages
from core.videos.access import uploads_of
from core.videos.new_upload import NewUpload, create_upload
from core.videos.quota import StorageUse, storage_use
from core.videos.replacing import is_replacement
from core.videos.upload import abort_upload, complete_upload, sign_parts
from core.videos.upload_access import cancellable_upload, completable_upload, owned_upload

UPLOAD_ID = "{upload_id:[0-9a-z]{26}}"
_ROOT = "/api/v1/uploads"


async def _view(upload: Upload, storages: Storages) -> UploadView:
    target, storage, received = upload.target, storages[upload.storage], []
    if upload.state is UploadState.OPEN:
        try:
            received = [
                PartView(number=part.number, size=part.size, sha256=part.sha256)
                for part in await storage.list_parts(target)
            ]
        except ObjectMissing:
            received = []  # completed in the storage, not yet accepted: completing again finishes it
    return UploadView(
        id=upload.id,
        video_id=upload.video_id,
        replaces=await is_replacement(upload),
        state=upload.state,
        file_name=upload.file_name,
        fingerprint=upload.fingerprint,
        size=upload.size,
        part_size=upload.part_size,
        parts=target.parts,
        checksums=storage.part_checksums,
        received=received,
        expires_at=upload.expires_at,
    )


def _asked(request: web.Request) -> tuple[User, str]:
    return signed_in(request), request.match_info["upload_id"]


async def _create(request: web.Request) -> web.Response:
    services = services_of(request)
    upload = await create_upload(services, signed_in(request), await read_json(request, NewUpload))
    response = json_response(await _view(upload, services.storages), status=201)
    response.headers["Location"] = f"{_ROOT}/{upload.id}"
    return response


async def _list(request: web.Request) -> web.Response:
    storages = services_of(request).storages
    mine = uploads_of(signed_in(request)).filter(state=UploadState.OPEN).order_by("created_at")
    return json_response(UploadList(items=[await _view(upload, storages) for upload in await mine]))


async def _storage(request: web.Request) -> web.Response:
    return json_response(await storage_use(signed_in(request), services_of(request).settings.core.uploads))


async def _show(request: web.Request) -> web.Response:
    return json_response(await _view(await owned_upload(*_asked(request)), services_of(request).storages))


async def _sign(request: web.Request) -> web.Response:
    wanted = await read_json(request, SignParts)
    upload = await owned_upload(*_asked(request))
    signed = await sign_parts(services_of(request), upload, wanted.parts, wanted.sha256)
    parts = [SignedPart(number=number, url=part.url, headers=dict(part.headers)) for number, part in signed]
    return json_response(SignedParts(parts=parts))


async def _complete(request: web.Request) -> web.Response:
    await read_json(request, Empty)
    services, upload = services_of(request), await completable_upload(*_asked(request))
    return json_response(await _view(await complete_upload(services, upload), services.storages))


async def _abort(request: web.Request) -> web.Response:
    await abort_upload(services_of(request), await cancellable_upload(*_asked(request)))
    return web.Response(status=204)


_CREATE = Operation(
    "Open an upload and its draft video",
    "Uploads",
    status=201,
    body=NewUpload,
    result=UploadView,
    errors=(404, 409, 413, 429, 503, 507),
)
_LIST = Operation("List your unfinished uploads", "Uploads", result=UploadList)
_STORAGE = Operation("Say how much storage you use", "Uploads", result=StorageUse)
_SHOW = Operation("Say which parts have arrived", "Uploads", result=UploadView, errors=(404,))
_SIGN = Operation("Sign requests for parts", "Uploads", body=SignParts, result=SignedParts, errors=(404, 409))
_COMPLETE = Operation(
    "Accept the upload and start processing; safe to repeat",
    "Uploads",
    body=Empty,
    result=UploadView,
    errors=(404, 409),
)
_ABORT = Operation("Cancel the upload, as its owner or an administrator", "Uploads", status=204, errors=(404, 409))


def upload_routes() -> list[Route]:
    """The routes of the protocol."""
    may, one = can("video.upload"), f"{_ROOT}/{UPLOAD_ID}"
    return [
        Route("POST", _ROOT, _create, may, "core.upload_create", _CREATE),
        Route("GET", _ROOT, _list, may, "core.uploads", _LIST),
        Route("GET", "/api/v1/storage", _storage, may, "core.storage", _STORAGE),
        Route("GET", one, _show, may, "core.upload", _SHOW),
        Route("POST", f"{one}/sign", _sign, may, "core.upload_sign", _SIGN),
        Route("POST", f"{one}/complete", _complete, may, "core.upload_complete", _COMPLETE, unhurried=True),
        Route("DELETE", one, _abort, may, "core.upload_abort", _ABORT),
    ]
