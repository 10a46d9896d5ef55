"""What a store does with the SHA-256 of parts, as AWS does it; moto knows only that of the whole."""

import re
from collections.abc import Mapping

from tests.s3_signatures import Refused

_HEADER = "X-Amz-Checksum-Sha256"
_MISMATCH = "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}"
_UPLOAD_ID = re.compile(rb"<UploadId>([^<]+)</UploadId>")
_LISTED = re.compile(rb"(<PartNumber>(\d+)</PartNumber>)")
_COMPLETED = re.compile(rb"<Part>(?:(?!</Part>).)*</Part>", re.DOTALL)
_NUMBER = re.compile(rb"<PartNumber>(\d+)</PartNumber>")
_SHA256 = re.compile(rb"<ChecksumSHA256>([^<]*)</ChecksumSHA256>")


class PartChecksums:
    """Remembers the uploads that were opened with SHA-256, and what their parts were declared with."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, str]] = {}

    def check_part(self, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Raise Refused for a part without its checksum."""
        if query["uploadId"] in self._parts and _HEADER not in headers:
            raise Refused(400, "InvalidRequest", _MISMATCH.format("sha256", "null"))

    def check_completion(self, query: Mapping[str, str], body: bytes) -> None:
        """Raise Refused unless the checksums that were declared are named again."""
        parts = self._parts.get(query["uploadId"], {})
        for part in _COMPLETED.findall(body):
            number, named = _NUMBER.search(part), _SHA256.search(part)
            declared = parts.get(int(number[1])) if number else None
            if declared is not None and named is None:
                raise Refused(400, "InvalidRequest", "The complete request must include the checksum for each part.")
            if named is not None and named[1].decode() != declared:
                raise Refused(400, "InvalidPart", "One or more of the specified parts could not be found.")

    def note(self, operation: str, query: Mapping[str, str], headers: Mapping[str, str], content: bytes) -> None:
        """Remember what a request that succeeded has declared."""
        upload_id = query.get("uploadId", "")
        if operation == "CreateMultipartUpload" and headers.get("X-Amz-Checksum-Algorithm") == "SHA256":
            if opened := _UPLOAD_ID.search(content):
                self._parts[opened[1].decode()] = {}
        elif operation == "UploadPart" and upload_id in self._parts:
            self._parts[upload_id].pop(number := int(query["partNumber"]), None)
            if _HEADER in headers:
                self._parts[upload_id][number] = headers[_HEADER]

    def listed(self, upload_id: str, content: bytes) -> bytes:
        """Add the checksums to a list of parts."""
        parts = self._parts.get(upload_id, {})
        return _LISTED.sub(lambda found: found[1] + _element(parts.get(int(found[2]))), content)


def _element(checksum: str | None) -> bytes:
    return b"" if checksum is None else f"<ChecksumSHA256>{checksum}</ChecksumSHA256>".encode()
