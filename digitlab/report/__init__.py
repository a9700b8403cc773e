"""What people look at."""

from digitlab.base.extras import require

require("report", "a report")
