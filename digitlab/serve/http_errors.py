"""Errors as HTTP answers: a code and one JSON object, without a path, a version or a traceback."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from digitlab.config import first_complaint
from digitlab.errors import BundleError, DigitlabError, TooLargeError
from digitlab.serve.limits import REQUEST_SECONDS, RETRY_AFTER

_REASONS = {
    401: "token", 403: "origin", 404: "not-found", 413: "too-large", 421: "host", 429: "busy", 500: "failure",
    503: "stopping", 504: "timeout",
}  # fmt: skip
_MAX_COMPLAINTS = 100  # about one request, of which the first is answered


class RequestError(DigitlabError):
    """A request that is rejected with an HTTP `status`.

    Args:
        field: the place in the request, like "inputs.0.shape".
        reason: one word for the metrics; None: that of the status.
    """

    def __init__(
        self, status: int, problem: str, *, found: str, remedy: str, field: str | None = None, reason: str | None = None
    ) -> None:
        super().__init__(problem, found=found, remedy=remedy)
        self.status = status
        self.field = field
        self.reason = reason or _REASONS.get(status, "bad")

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to the status."""
        return {
            401: {"www-authenticate": "Bearer"},
            429: {"retry-after": str(RETRY_AFTER)},
            503: {"retry-after": str(RETRY_AFTER), "connection": "close"},  # the next request to another instance
        }.get(self.status, {})

    @property
    def document(self) -> dict[str, str]:
        """The JSON body; the protocol requires a text under "error"."""
        document = {"error": f"{self.problem}; found: {self.found}; to do: {self.remedy}"}
        return document | ({"field": self.field} if self.field else {})


def as_http_error(error: Exception) -> RequestError:
    """Any error as the client sees it."""
    match error:
        case RequestError():
            return error
        case TooLargeError():
            return RequestError(413, error.problem, found=error.found, remedy=error.remedy)
        case DigitlabError() if not isinstance(error, BundleError):  # which would not be the client's fault
            return RequestError(400, error.problem, found=error.found, remedy=error.remedy)
        case ValidationError() | RequestValidationError():
            return _of_fields(error)
        case HTTPException():
            return _of_framework(error)
        case TimeoutError():
            found = f"more than {REQUEST_SECONDS:.0f} seconds"
            return RequestError(504, "the request timed out", found=found, remedy="send less at once")
    remedy = "report it with the x-request-id of this answer"
    return RequestError(500, "internal server error", found="an unexpected error", remedy=remedy)


def _of_fields(error: ValidationError | RequestValidationError) -> RequestError:
    if isinstance(error, ValidationError) and error.error_count() > _MAX_COMPLAINTS:  # a list of them takes long
        return _invalid(f"{error.error_count():,} errors")
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return RequestError(
            400,
            "invalid JSON",
            found=first["ctx"]["error"],
            remedy="send one JSON object, nested no deeper than the protocol needs",
        )
    field = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
    found = first_complaint(error) if isinstance(error, ValidationError) else first["msg"]
    return _invalid(found, field)


def _invalid(found: str, field: str = "") -> RequestError:
    return RequestError(
        400, "invalid request", found=found[:200], remedy="see /openapi.json for the schema", field=field[:200] or None
    )


def _of_framework(error: HTTPException) -> RequestError:
    if error.status_code == 404:
        return not_found("unknown address", "no route for it", "see /docs for all addresses")
    if error.status_code == 405:
        return RequestError(405, "method not allowed", found="another method", remedy="see /openapi.json")
    return RequestError(
        error.status_code, "unreadable request", found="a malformed body", remedy="see /openapi.json for the schema"
    )


def not_found(problem: str, found: str, remedy: str) -> RequestError:
    """A 404."""
    return RequestError(404, problem, found=found, remedy=remedy)
