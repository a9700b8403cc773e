"""The datasets that are known by name, with the SHA-256 of every file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NamedFile:
    """One unpacked IDX file.  The hash is of the unpacked bytes, since gzip containers differ between mirrors."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class NamedSource:
    """A dataset that is known by name: what it must hold, byte for byte, and its mirrors.

    Attributes:
        name: what `--data` is given.
        class_names: a name for each class number.
        files: training images, training labels, test images, test labels, in this order.
        mirrors: base addresses, tried in turn; each holds `<file name>.gz`.
        keras: its file or folder in Keras' `datasets` folder.
    """

    name: str
    class_names: tuple[str, ...]
    files: tuple[NamedFile, NamedFile, NamedFile, NamedFile]
    mirrors: tuple[str, ...]
    keras: str


DIGITS = tuple("0123456789")

MNIST = NamedSource(
    name="mnist",
    class_names=DIGITS,
    files=(
        NamedFile(
            "train-images-idx3-ubyte", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        NamedFile(
            "train-labels-idx1-ubyte", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        NamedFile(
            "t10k-images-idx3-ubyte", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        NamedFile("t10k-labels-idx1-ubyte", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    keras="mnist.npz",
)

FASHION_MNIST = NamedSource(
    name="fashion-mnist",
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    files=(
        NamedFile(
            "train-images-idx3-ubyte", 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        NamedFile(
            "train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        NamedFile(
            "t10k-images-idx3-ubyte", 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        NamedFile("t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    keras="fashion-mnist",
)

NAMED = {source.name: source for source in (MNIST, FASHION_MNIST)}
