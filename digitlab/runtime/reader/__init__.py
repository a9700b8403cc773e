"""Several digits in one picture: a photograph, a scan, a row of a form.

    from digitlab.runtime.reader.network import line_network
    from digitlab.runtime.reader.reading import read

    reading = read(open_picture(path), line_network())
    reading.text, reading.lines[0][0].box

`sheet` finds the ink, `rules` takes away ruled lines and form boxes, `pieces` and `lines` find where lines of digits
run, and `bands` cuts each out of the page, rules and all.  `network` reads such a strip without cutting it further,
`decoding` makes characters of its answers, `boxes` finds where they are; `reading` is the way through all of them.

A form whose boxes a `template` names is brought into place by `alignment`, its boxes are read by `form`.
"""
