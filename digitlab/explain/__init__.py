"""Why this answer: what preprocessing did to a picture, and what each pixel says."""

from digitlab.extras import require

require("report", "explaining an answer")
