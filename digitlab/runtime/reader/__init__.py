"""Several digits in one picture: a photograph, a scan, a row of a form.

    from digitlab.runtime.reader.reading import read

    reading = read(open_picture(path), model.predict)
    reading.text, reading.lines[0][0].box

`sheet` finds the ink, `rules` takes away ruled lines and form boxes, `pieces` makes digits of what hangs together,
`splitting` parts digits that touch, `lines` puts them in reading order; `reading` is the way through all of them.
"""
