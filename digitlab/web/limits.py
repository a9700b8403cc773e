"""The limits on one connection.  `docs/serving.md` lists these numbers."""

from __future__ import annotations

MAX_HEAD_BYTES = 64 * 1024  # of request line and headers; of trailers and chunk extensions together
MAX_HEADERS = 100  # as Apache's LimitRequestFields
MAX_CHUNKS = 16_384  # of one body
MAX_CHUNK_HEAD_BYTES = 16  # of each chunk's frame: its length, up to 8 digits, and two line ends
MAX_PIPELINED = 64  # requests that wait for their turn on one connection
MAX_CONNECTIONS = 4_096  # of one process, or what the limit of open files allows

SECONDS_FOR_HEAD = 10.0
SECONDS_FOR_BODY = 60.0  # the service answers 504 after 30
SECONDS_FOR_REST_OF_BODY = 5.0  # a client that is answered early must be able to read why: nginx' lingering_timeout
SECONDS_IDLE = 75  # before an idle connection is closed: longer than the 60 of usual reverse proxies
SECONDS_TO_READ = 30.0  # that a client may read nothing of its answer
