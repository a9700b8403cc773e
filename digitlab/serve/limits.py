"""How much is taken from a stranger.  `docs/serving.md` lists these numbers with the answers to what exceeds them."""

from __future__ import annotations

MIB = 2**20

MOST_TENSOR_BYTES = MIB  # of a body with tensors, JSON or binary: 1,024 images are 784 KiB
MOST_PICTURE_BYTES = 10 * MIB  # of a body with pictures
MOST_PIXELS = 20_000_000  # of one picture
MOST_PICTURES = 16  # of one request
# Decoded for one request: sixteen photographs of a phone, whose JPEGs are decoded at half their 12 million.
MOST_PIXELS_TOGETHER = 64_000_000
MOST_IMAGES = 1_024  # of one batch
MOST_BODIES_BYTES = 128 * MIB  # of all bodies that one process holds: twelve of the largest
FREE_BODY_BYTES = 64 * 1024  # of each body, which do not count: uvicorn reads as much before anybody asks for it
MOST_ID = 256  # characters of an id that is sent back

SECONDS = 30.0  # of one request, its body included

# A light request is answered in the event loop, in a few milliseconds together with others.  All else waits for a
# thread, so that health and metrics answer meanwhile; its body is kept in memory while it waits.
LIGHT_IMAGES = 16
LIGHT_BYTES = LIGHT_IMAGES * 28 * 28  # no body of this length can hold more digits of MNIST's size
SECONDS_OF_A_BATCH = 0.5  # of a processor, for a light batch; the shipped bundles take a hundredth of it
MOST_LIGHT = 128  # requests that wait at once
MOST_HEAVY = 16
MOST_SLOW = 8  # whose pictures take long: as many as are done in 30 seconds if each takes all that it may
THREADS = 2  # for heavy tensors; as many processes for pictures, and as many again for slow ones

# A photograph of 12 million pixels takes 0.15 s of a processor, since 3 are decoded; any picture of 20 million takes
# 0.5 s.  What is likely to take long, or did, waits behind its like and lets the others go first.
MOST_PIXELS_QUICK = 5_000_000  # decoded
SECONDS_QUICK = 0.5
SECONDS_OF_A_TURN = 0.001  # that a thread keeps Python from the others: a health check needs several turns

SECONDS_LATE = 3.0  # beyond the grace, after which a process that was told to stop is ended
SECONDS_SILENT = 15  # after which a worker that gives no sign of life is killed

RETRY_AFTER = 1  # seconds, said with 429 and 503
SECONDS_BEFORE_BUSY = 0.1, 0.4  # from least to most, until 429 is said to who is refused
