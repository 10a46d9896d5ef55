"""Verifies published HLS with readers that took no part in writing it: the m3u8 package, and PyAV in a sandbox."""

from core.verifying.fetched import Fetch, NotFetched, from_folder, over_http
from core.verifying.findings import REMEDIES, Finding, Rule
from core.verifying.parsed import NotAPlaylist
from core.verifying.verification import RULES, Summary, Verified, verify

__all__ = [
    "REMEDIES",
    "RULES",
    "Fetch",
    "Finding",
    "NotAPlaylist",
    "NotFetched",
    "Rule",
    "Summary",
    "Verified",
    "from_folder",
    "over_http",
    "verify",
]
