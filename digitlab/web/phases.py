"""The phases of a connection and their time limits."""

from __future__ import annotations

import enum
import math

from digitlab.web import limits


class Phase(enum.Enum):
    """What a connection waits for; bytes of the client do not restart the time of a phase."""

    HEAD = "the client sends request line and headers"
    BODY = "the client sends the body"
    ANSWER = "the server answers"
    REST = "the client sends the rest of a body whose request has been answered already"
    NEXT = "the client may send another request"


PHASE_SECONDS = {
    Phase.HEAD: limits.SECONDS_FOR_HEAD,
    Phase.BODY: limits.SECONDS_FOR_BODY,
    Phase.ANSWER: math.inf,  # the application has a deadline
    Phase.REST: limits.SECONDS_FOR_REST_OF_BODY,
    Phase.NEXT: limits.SECONDS_IDLE,
}
