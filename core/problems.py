"""Problems (RFC 9457): what is wrong, in a stable code and a sentence. The HTTP layer makes JSON or a page of them."""

from collections.abc import Mapping
from http import HTTPStatus


class Problem(Exception):
    """Ends a request with a 4xx or 5xx. `code` is stable; `detail` is a sentence a person can act on."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = dict(errors or {})
        """One sentence by field name, where fields are at fault."""
        self.headers = dict(headers or {})

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def document(self) -> dict[str, object]:
        """The members of RFC 9457, our `code`, and `errors` by field."""
        document: dict[str, object] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        return document | ({"errors": self.errors} if self.errors else {})


def not_found() -> Problem:
    """The one 404: a hidden object and a missing one answer alike."""
    return Problem(404, "not_found", "There is nothing here. It may have been deleted, or the link may be wrong.")
