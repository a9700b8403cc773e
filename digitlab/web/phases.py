"""What a connection waits for, and how long."""

from __future__ import annotations

import enum
import math

from digitlab.web import limits


class Phase(enum.Enum):
    """Where a connection is; the client's bytes do not begin the time of a phase anew."""

    HEAD = "the client shall send request line and headers"
    BODY = "the client shall send the body"
    ANSWER = "the server shall answer"
    REST = "the client shall send the rest of a body whose request has been answered already"
    NEXT = "the client may send another request"


SECONDS = {
    Phase.HEAD: limits.SECONDS_FOR_HEAD,
    Phase.BODY: limits.SECONDS_FOR_BODY,
    Phase.ANSWER: math.inf,  # whoever answers has a deadline
    Phase.REST: limits.SECONDS_FOR_REST,
    Phase.NEXT: limits.SECONDS_BETWEEN,
}
