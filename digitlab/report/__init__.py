"""The pages that people look at: of a run, a comparison, a pair of networks, one answer."""

from digitlab.base.extras import require

require("report", "a report")
