"""The lab page: draw, see why, train, find mistakes, compare; with the user's own models and runs, offline.

`server` binds and guards, `page` lays out, `panels/` has one file per panel.  Answers to a drawing must be quick, so
they go past the page's own messages: `browser/pad.js` sends plain requests to `answering`.  Trainings are processes of
their own (`trainings`); the page reads their folders and writes their controls.
"""

from digitlab.base.extras import require

require("lab", "the lab page")
