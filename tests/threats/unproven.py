"""What of the rows on uploads (U) and playback (P) no test proves as it is written there, and why."""

from collections.abc import Mapping

UNPROVEN: Mapping[str, str] = {
    "P-11": "Limits on how fast media are fetched come with the rate limits of the whole site, which are issue 6.",
}
"""Rows without any test."""

PARTLY: Mapping[str, str] = {
    "U-5": "A link is not tied to the session that asked for it, by design: a background upload outlives a sign-out. "
    "The link dies with its upload, and after an hour.",
    "U-7": "Proven on S3 alone, in tests/plugins/storage_s3: links of the disk have no headers to add to.",
    "U-13": "No client lists ETags: the server's own account of the parts is what is completed.",
    "U-15": "Nothing that is uploaded is unpacked, so there is no archive to limit. A plugin that imports archives "
    "brings that test along.",
    "U-17": "There is no libmagic, and file names decide nothing: the probe's list of formats is the one judge.",
    "U-19": "Parts in flight are not counted for each user. That limit comes with the others in issue 6.",
    "U-20": "Videos publish themselves and sources are never replaced, so those steps do not exist to be skipped.",
}
"""Clauses of rows that are proven otherwise."""
