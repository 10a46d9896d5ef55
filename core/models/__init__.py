"""The rows every feature shares: users and their sessions, videos and their renditions, uploads, copies, jobs."""

from core.models.copies import CopyState, StorageCopy
from core.models.ids import new_id, new_secret_id
from core.models.jobs import Job, JobState, WorkerRow
from core.models.uploads import Upload, UploadState
from core.models.users import Role, Session, User
from core.models.videos import Attachment, EncodedPart, Rendition, RenditionSet, Video, Visibility

__all__ = [
    "Attachment",
    "CopyState",
    "EncodedPart",
    "Job",
    "JobState",
    "Rendition",
    "RenditionSet",
    "Role",
    "Session",
    "StorageCopy",
    "Upload",
    "UploadState",
    "User",
    "Video",
    "Visibility",
    "WorkerRow",
    "new_id",
    "new_secret_id",
]
