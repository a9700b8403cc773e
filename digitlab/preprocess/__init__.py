"""Any picture of one digit → the 28×28 pixels that a model of MNIST was trained on.

    from digitlab.images.decode import open_picture
    from digitlab.preprocess.pipeline import prepare

    prepared = prepare(open_picture(Path("photo.jpg")))
    prepared.image, prepared.trace

`pipeline` applies the steps, one file each, in the order polarity, light, ink, specks, box, stroke, frame.  Each takes
a picture and returns a picture with a sentence on what it did.
"""
