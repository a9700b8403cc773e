"""The limits on requests.  `docs/serving.md` lists these numbers with the answers to what exceeds them."""

from __future__ import annotations

from digitlab.images.spec import MNIST

MIB = 2**20

MAX_TENSOR_BYTES = MIB  # of a body with tensors, JSON or binary: 1,024 digits of MNIST's size are 784 KiB
MAX_PICTURE_BYTES = 10 * MIB  # of a body with pictures
MAX_PIXELS = 20_000_000  # of one picture
MAX_PICTURES = 16  # of one request
# Decoded for one request: sixteen phone photographs, whose JPEGs are decoded at half their 12 million pixels' sides.
MAX_PIXELS_PER_REQUEST = 64_000_000
MAX_IMAGES = 1_024  # of one batch
MAX_BODIES_BYTES = 128 * MIB  # of all bodies that one process holds: twelve of the largest
UNCOUNTED_BODY_BYTES = 64 * 1024  # of each body: uvicorn reads as much before anybody asks for it
MAX_ID = 256  # characters of an id that is sent back

REQUEST_SECONDS = 30.0  # of one request, its body included

# A light request is answered in the event loop, batched with others, in a few milliseconds.  All others wait for a
# thread, so that health checks and metrics are answered meanwhile; their bodies are in memory while they wait.
LIGHT_IMAGES = 16
LIGHT_BYTES = LIGHT_IMAGES * MNIST.values  # no body of this length can hold more digits of MNIST's size
MAX_BATCH_SECONDS = 0.5  # of a processor, for a light batch; the shipped bundles take a hundredth of it
MAX_LIGHT = 128  # waiting requests
MAX_HEAVY = 16
MAX_SLOW = 8  # whose pictures take long: as many as are done in 30 seconds if each takes all that it may
THREADS = 2  # for heavy tensors; as many processes for pictures, and as many again for slow ones

# A photograph of 12 million pixels takes 0.15 s of a processor, since 3 million are decoded; any picture of 20 million
# takes 0.5 s.  Pictures with more decoded pixels, or that took longer, queue behind all others.
MAX_QUICK_PIXELS = 5_000_000  # decoded
QUICK_SECONDS = 0.5
SWITCH_SECONDS = 0.001  # after which a thread yields the interpreter to others: a health check needs several turns

SECONDS_AFTER_GRACE = 3.0  # after which a process that was told to stop is ended
SECONDS_WITHOUT_HEARTBEAT = 15  # after which a worker is killed

RETRY_AFTER = 1  # seconds, sent with 429 and 503
SECONDS_BEFORE_429 = 0.1, 0.4  # from least to most
