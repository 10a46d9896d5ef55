"""All that a plugin may import besides `core.models` and `core.testing`; the rest may change without notice."""

from core.database import database_now, transaction
from core.hooks import GuardFailed, Hooks
from core.hookspecs import hookimpl
from core.http.api_models import OwnerView, VideoView
from core.http.bodies import Form, field_errors, read_form, read_json, read_query
from core.http.context import (
    json_response,
    render,
    render_fragment,
    safe_next,
    see_other,
    services_of,
    signed_in,
    url_of,
    viewer_of,
)
from core.http.cursors import decode_cursor, encode_cursor
from core.http.policies import ANYONE, SIGNED_IN, SIGNED_URL, Policy, can
from core.http.routing import Handler, Operation, Route
from core.http.sessions import sign_in, sign_out, sign_out_everywhere
from core.http.uploads import UPLOAD_ID
from core.http.videos import VIDEO_ID, video_view
from core.jobs import JobContext, JobFailed, JobKind, JobQueue, Work
from core.mail import Mail, Mailer, MailRefused
from core.moderation import Decision, Refusal, Verdict
from core.pages import Fragment, LoginOption, NavItem
from core.problems import Problem, not_found
from core.processes import (
    MIB,
    ChildFailed,
    DeadlineExceeded,
    Finished,
    Limits,
    NoProgress,
    OutputExceeded,
    ProcessError,
    SandboxStatus,
    run,
    sandbox_status,
)
from core.services import Services
from core.settings import Settings
from core.signing import BadSignature, Signer
from core.storage import (
    ObjectMissing,
    Part,
    PartRequest,
    ReadGrant,
    Storage,
    StorageError,
    StorageFull,
    StorageKey,
    StoredObject,
    UploadMismatch,
    UploadTarget,
)
from core.text import Line, OptionalLine, Prose, clean_text, render_text
from core.transcoding import (
    AudioStream,
    EncodedRendition,
    EncodedSet,
    MediaInfo,
    MediaRejected,
    Plan,
    Reason,
    Report,
    Rung,
    Segment,
    Transcoder,
    VideoStream,
)
from core.users import DisplayName, Email, Handle, create_user, email_key, find_by_email
from core.videos.access import Gate, KeyQuery, is_open_to, is_public, listed, owned, owned_by, watchable
from core.videos.content_types import content_type_of
from core.videos.keeping import VideoEdit, delete_video, edit_video, retry_video
from core.videos.playback import MediaLinks, media_links, watch_path
from core.videos.quota import StorageUse, storage_use
from core.videos.status import Status, Step, status_of, statuses_of
from core.videos.upload import original_of

__all__ = [
    "ANYONE",
    "MIB",
    "SIGNED_IN",
    "SIGNED_URL",
    "UPLOAD_ID",
    "VIDEO_ID",
    "AudioStream",
    "BadSignature",
    "ChildFailed",
    "DeadlineExceeded",
    "Decision",
    "DisplayName",
    "Email",
    "EncodedRendition",
    "EncodedSet",
    "Finished",
    "Form",
    "Fragment",
    "Gate",
    "GuardFailed",
    "Handle",
    "Handler",
    "Hooks",
    "JobContext",
    "JobFailed",
    "JobKind",
    "JobQueue",
    "KeyQuery",
    "Limits",
    "Line",
    "LoginOption",
    "Mail",
    "MailRefused",
    "Mailer",
    "MediaInfo",
    "MediaLinks",
    "MediaRejected",
    "NavItem",
    "NoProgress",
    "ObjectMissing",
    "Operation",
    "OptionalLine",
    "OutputExceeded",
    "OwnerView",
    "Part",
    "PartRequest",
    "Plan",
    "Policy",
    "Problem",
    "ProcessError",
    "Prose",
    "ReadGrant",
    "Reason",
    "Refusal",
    "Report",
    "Route",
    "Rung",
    "SandboxStatus",
    "Segment",
    "Services",
    "Settings",
    "Signer",
    "Status",
    "Step",
    "Storage",
    "StorageError",
    "StorageFull",
    "StorageKey",
    "StorageUse",
    "StoredObject",
    "Transcoder",
    "UploadMismatch",
    "UploadTarget",
    "Verdict",
    "VideoEdit",
    "VideoStream",
    "VideoView",
    "Work",
    "can",
    "clean_text",
    "content_type_of",
    "create_user",
    "database_now",
    "decode_cursor",
    "delete_video",
    "edit_video",
    "email_key",
    "encode_cursor",
    "field_errors",
    "find_by_email",
    "hookimpl",
    "is_open_to",
    "is_public",
    "json_response",
    "listed",
    "media_links",
    "not_found",
    "original_of",
    "owned",
    "owned_by",
    "read_form",
    "read_json",
    "read_query",
    "render",
    "render_fragment",
    "render_text",
    "retry_video",
    "run",
    "safe_next",
    "sandbox_status",
    "see_other",
    "services_of",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "signed_in",
    "status_of",
    "statuses_of",
    "storage_use",
    "transaction",
    "url_of",
    "video_view",
    "viewer_of",
    "watch_path",
    "watchable",
]
