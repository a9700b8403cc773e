"""Any picture of one digit → the 28×28 pixels that a model of MNIST was trained on.

    from digitlab.images.decode import open_picture
    from digitlab.preprocess.pipeline import prepare

    prepared = prepare(open_picture(Path("photo.jpg")))
    prepared.image, prepared.trace

`decode` turns bytes of any kind into brightness; `pipeline` takes the steps, one file each, in the order polarity,
light, ink, specks, box, stroke, frame.  Every step takes a picture and returns one, with a sentence of what it did.
"""
