"""Three hidden layers of 128 units with nothing between them: many weights, and still only weighted sums.

    digitlab compare softmax examples/deep_without_relu.py --data mnist

docs/exercise.md tells what comes out, and why.
"""

import keras


def build_model():
    """Images float32 [batch, 784] → probabilities float32 [batch, 10]."""
    return keras.Sequential(
        [
            keras.layers.Input((784,)),
            keras.layers.Dense(128),
            keras.layers.Dense(128),
            keras.layers.Dense(128),
            keras.layers.Dense(10),
            keras.layers.Softmax(),
        ]
    )
