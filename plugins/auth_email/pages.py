"""What all pages of this plugin do: show a form, again if need be, and let people in."""

from collections.abc import Mapping
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel

from core.api import Form, Problem, render, sign_in, transaction
from plugins.auth_email.models import Password

Model = TypeVar("Model", bound=BaseModel)


async def form_page(
    request: web.Request,
    template: str,
    context: Mapping[str, object],
    form: Form[Model] | None = None,
    problem: Problem | None = None,
) -> web.Response:
    """Render the page of a form: fresh, or with what was typed, and what is wrong with it."""
    status = problem.status if problem else 422 if form else 200
    response = await render(request, template, status=status, **{**context, "form": form})
    response.headers.update(problem.headers if problem else {})
    return response


def with_errors(form: Form[Model], errors: dict[str, str]) -> Form[Model]:
    """Return the form with more errors; it has no value then."""
    return Form(None, form.errors | errors, form.raw) if errors else form


def refused(form: Form[Model], problem: Problem, field: str) -> Form[Model]:
    """Return the form with what the problem says, beside the fields it names or else beside `field`."""
    return with_errors(form, problem.errors or {field: problem.detail})


async def open_session(request: web.Request, response: web.StreamResponse, proven: Password) -> None:
    """Sign in whoever proved to know the password. Raises Problem 401 when it was changed since."""
    async with transaction() as connection:
        # Else a log-in that began before a change of password would outlive it.
        still = Password.filter(user_id=proven.user_id, hash=proven.hash).using_db(connection).select_for_update()
        if not await still.first():
            raise Problem(401, "invalid_credentials", "The password was changed a moment ago. Log in with the new one.")
        await sign_in(request, response, proven.user)
