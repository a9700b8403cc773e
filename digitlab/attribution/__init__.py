"""Why this answer: what preprocessing did to a picture, and what each pixel says."""

from digitlab.base.extras import require

require("report", "explaining an answer")
