"""How it is trained (TensorFlow).

Loading this package loads no TensorFlow; its parts do.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitlab.training.pipeline import to_tf_dataset

__all__ = ["to_tf_dataset"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from digitlab.training.start import start_tensorflow

    start_tensorflow()
    from digitlab.training.pipeline import to_tf_dataset

    return to_tf_dataset
