"""Answers over HTTP: the Open Inference Protocol for programs, `/v1` for pictures.

    workers ─► server ─► edge ─┬─► inference        POST …/infer, the busy path: past the framework
                               └─► app (FastAPI)    metadata, /v1, metrics, the page to try it

A request passes `edge` once: its id, access control, the deadline, errors, metrics, the line in the log.  `admission`
limits how many wait, `in_flight` counts them when the service stops, `models` holds the bundles that answer.
"""

from digitlab.base.extras import require

require("serve", "the service")
