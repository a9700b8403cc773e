"""Why this answer: what each step of the preprocessing did, and the contribution of each pixel."""

from digitlab.base.extras import require

require("report", "explaining an answer")
