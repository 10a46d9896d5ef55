"""Turn problems into answers."""

from aiohttp import web

from core.problems import Problem, not_found

PROBLEM_JSON = "application/problem+json"

_KNOWN = {
    404: ("not_found", not_found().detail),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The request is larger than this site takes."),
}


def from_http_error(error: web.HTTPException) -> Problem:
    """Translate what aiohttp raises itself."""
    code, detail = _KNOWN.get(error.status, ("bad_request", "The request could not be understood."))
    headers = {name: value for name, value in error.headers.items() if name.lower() in ("allow", "retry-after")}
    return Problem(error.status, code, detail, headers=headers)


def problem_response(problem: Problem) -> web.Response:
    """Answer with the JSON document."""
    return web.json_response(
        problem.document(), status=problem.status, headers=problem.headers, content_type=PROBLEM_JSON
    )
