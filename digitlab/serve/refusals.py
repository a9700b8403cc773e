"""An error as an HTTP answer: a code and one JSON object, in plain words, without a path, a version or a traceback."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from digitlab.config import first_complaint
from digitlab.errors import BundleError, DigitlabError, TooLargeError
from digitlab.serve.limits import RETRY_AFTER, SECONDS

_MOST_COMPLAINTS = 100  # about one request, of which the first is told


class RequestError(DigitlabError):
    """A request that is not answered.

    Args:
        status: the HTTP code.
        problem: what is wrong.
        found: what arrived.
        remedy: what to do about it.
        field: the place in the request, as «inputs.0.shape».
        reason: one word for the metrics.
    """

    def __init__(
        self, status: int, problem: str, *, found: str, remedy: str, field: str | None = None, reason: str = "bad"
    ) -> None:
        super().__init__(problem, found=found, remedy=remedy)
        self.status = status
        self.field = field
        self.reason = reason

    @property
    def headers(self) -> dict[str, str]:
        """What the code asks for beside the body."""
        match self.status:
            case 429:
                return {"retry-after": str(RETRY_AFTER)}
            case 503:  # the next request shall go to another instance
                return {"retry-after": str(RETRY_AFTER), "connection": "close"}
            case 401:
                return {"www-authenticate": "Bearer"}
        return {}

    @property
    def document(self) -> dict[str, str]:
        """The JSON body; the protocol asks for a text under «error»."""
        document = {"error": f"{self.problem}; found: {self.found}; to do: {self.remedy}"}
        return document | ({"field": self.field} if self.field else {})


def as_refusal(error: Exception) -> RequestError:
    """What the one who asked is told about any error."""
    match error:
        case RequestError():
            return error
        case TooLargeError():
            return RequestError(413, error.problem, found=error.found, remedy=error.remedy, reason="too-large")
        case DigitlabError() if not isinstance(error, BundleError):  # that would be no fault of the one who asks
            return RequestError(400, error.problem, found=error.found, remedy=error.remedy)
        case ValidationError() | RequestValidationError():
            return _of_fields(error)
        case HTTPException():
            return _of_framework(error)
        case TimeoutError():
            return RequestError(
                504,
                "no answer was ready in time",
                found=f"more than {SECONDS:.0f} seconds",
                remedy="send less at once",
                reason="timeout",
            )
    return RequestError(
        500,
        "the service failed in a way that nobody foresaw",
        found="an error in the service",
        remedy="report it with the x-request-id of this answer",
        reason="failure",
    )


def _of_fields(error: ValidationError | RequestValidationError) -> RequestError:
    if isinstance(error, ValidationError) and error.error_count() > _MOST_COMPLAINTS:  # a list of them takes long
        return _of_another_form(f"{error.error_count():,} parts that do not belong there")
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return RequestError(
            400,
            "the body is not valid JSON",
            found=first["ctx"]["error"],
            remedy="send one JSON object, nested no deeper than the protocol asks for",
        )
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    found = first_complaint(error) if isinstance(error, ValidationError) else first["msg"]
    return _of_another_form(found, field)


def _of_another_form(found: str, field: str = "") -> RequestError:
    return RequestError(
        400,
        "the request does not have the form that is asked for",
        found=found[:200],
        remedy="see /openapi.json for the form",
        field=field[:200] or None,
    )


def _of_framework(error: HTTPException) -> RequestError:
    if error.status_code == 404:
        return not_found("there is nothing under this address", "an unknown address", "see /docs for all that there is")
    if error.status_code == 405:
        return RequestError(405, "this method is not offered here", found="another method", remedy="see /openapi.json")
    return RequestError(
        error.status_code,
        "the request cannot be read",
        found="a malformed body",
        remedy="see /openapi.json for the form",
    )


def not_found(problem: str, found: str, remedy: str) -> RequestError:
    """What does not exist."""
    return RequestError(404, problem, found=found, remedy=remedy, reason="not-found")
