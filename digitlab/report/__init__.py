"""What people look at."""

from digitlab.extras import require

require("report", "a report")
