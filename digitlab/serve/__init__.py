"""Answers over HTTP: the Open Inference Protocol for programs, `/v1` for pictures.

    workers ─► server ─► edge ─┬─► inference        POST …/infer, the busy path: no framework in between
                               └─► app (FastAPI)    metadata, /v1, metrics, the page to try it

A request goes through `edge` once: its id, who may ask, the deadline, errors, metrics, the line in the log.  `lanes`
says how many are let in, `gate` who is still inside when the service stops, `models` which bundles answer.
"""

from digitlab.base.extras import require

require("serve", "the service")
