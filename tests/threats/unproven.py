"""What of the threat model's rows no test proves as it is written there, and why."""

from collections.abc import Mapping

UNPROVEN: Mapping[str, str] = {
    "T-6": "No image can be uploaded yet. The plugin that takes the first one brings its tests along.",
    "P-11": "Limits on how fast media are fetched come with the rate limits of the whole site, which are issue 6.",
}
"""Rows without any test."""

PARTLY: Mapping[str, str] = {
    "U-1": "The content type is in no MAC: no storage keeps what a client says of it, and a part is taken as bytes.",
    "U-4": "A part may come with any content type, because nothing reads it; length and checksum are what is signed.",
    "U-5": "A link is not tied to the session that asked for it, by design: a background upload outlives a sign-out. "
    "The link dies with its upload, and after an hour.",
    "U-7": "Proven on S3 alone, in tests/plugins/storage_s3: links of the disk have no headers to add to. There is one "
    "credential, not a second one that may only write `incoming/`: what a link may do is bound by its signature, and "
    "`storage check` refuses a store that does not look at all of it.",
    "U-13": "No client lists ETags: the server's own account of the parts is what is completed.",
    "U-15": "Nothing that is uploaded is unpacked, so there is no archive to limit. A plugin that imports archives "
    "brings that test along.",
    "U-17": "There is no libmagic, and file names decide nothing: the probe's list of formats is the one judge.",
    "U-19": "Parts in flight are counted for each upload and not for each user: eight of a file, and five open files, "
    "are the most. One limit for all of a user's comes with the others in issue 6.",
    "U-20": "Videos publish themselves, so there is no step of publishing that could be skipped.",
    "R-1": "30 kills with random files and a journal of what was acknowledged; 1,000 in a night are issue 9.",
}
"""Clauses of rows that are proven otherwise."""
