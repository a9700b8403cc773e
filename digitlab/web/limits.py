"""How much one connection may send, and how long it is waited for.  `docs/serving.md` lists these numbers."""

from __future__ import annotations

MOST_HEAD_BYTES = 64 * 1024  # of request line and headers; of trailers and chunk extensions together
MOST_HEADERS = 100  # as Apache's LimitRequestFields
MOST_CHUNKS = 16_384  # of one body
MOST_CHUNK_HEAD_BYTES = 16  # of each chunk's frame: its length, up to 8 digits, and two ends of a line
MOST_PIPELINED = 64  # requests that wait for their turn on one connection
MOST_CONNECTIONS = 4_096  # of one process, or what the limit of open files allows

SECONDS_FOR_HEAD = 10.0
SECONDS_FOR_BODY = 60.0  # the service answers 504 after 30
SECONDS_FOR_REST = 5.0  # a client that is answered early shall be able to read why: as nginx' lingering_timeout
SECONDS_BETWEEN = 75  # that an idle connection is kept: longer than the 60 of usual reverse proxies
SECONDS_TO_TAKE = 30.0  # that an answer may lie unread without getting shorter
