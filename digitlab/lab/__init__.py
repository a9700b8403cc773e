"""The lab page: draw, see why, watch it learn, find its mistakes, compare; for the user's own models and runs, offline.

`server` binds and guards, `page` lays out, `panels/` has one file a panel.  What has to be quick while somebody draws
goes past the page's own messages: `answering` is a plain request, asked by `browser/pad.js`.  Trainings are processes
of their own (`trainings`); the page reads their folders and writes what they are asked for.
"""

from digitlab.base.extras import require

require("lab", "the lab page")
