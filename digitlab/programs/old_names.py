"""Tables of old names of Keras and TensorFlow with their new ones; tested with Keras 3.15 and TensorFlow 2.21."""

from __future__ import annotations

# Modules with all their names.  A program may write tensorflow.keras for keras.
MODULES = {
    "keras.api._v2.keras": "keras",
    "keras.api": "keras",
    "keras.engine.functional": "keras.models",
    "keras.engine.sequential": "keras.models",
    "keras.engine.training": "keras.models",
    "keras.engine": "keras.layers",
    "keras.layers.experimental.preprocessing": "keras.layers",
    "keras.optimizer_v2": "keras.optimizers",
    "keras.preprocessing.text": "tensorflow.keras.preprocessing.text",
    "keras.optimizers.experimental": "keras.optimizers",
    "keras.optimizers.legacy": "keras.optimizers",
    "keras.optimizers.optimizer_v2": "keras.optimizers",
} | {
    f"keras.{package}.{part}": f"keras.{package}"
    for package, parts in {
        "layers": "advanced_activations convolutional convolutional_recurrent core embeddings merge noise "
        "normalization pooling recurrent wrappers",
        "utils": "data_utils generic_utils layer_utils np_utils vis_utils",
    }.items()
    for part in parts.split()
}

NAMES = {
    **{
        f"keras.{package}.{short}": f"keras.{package}.{full}"
        for package in ("losses", "metrics")
        for full, shorts in {
            "mean_squared_error": ("MSE", "mse"),
            "mean_absolute_error": ("MAE", "mae"),
            "mean_absolute_percentage_error": ("MAPE", "mape"),
        }.items()
        for short in shorts
    },
    "keras.constraints.maxnorm": "keras.constraints.max_norm",
    "keras.layers.CuDNNGRU": "keras.layers.GRU",
    "keras.layers.CuDNNLSTM": "keras.layers.LSTM",
    "keras.models.Input": "keras.layers.Input",
    "keras.optimizers.adadelta": "keras.optimizers.Adadelta",
    "keras.optimizers.adagrad": "keras.optimizers.Adagrad",
    "keras.optimizers.adam": "keras.optimizers.Adam",
    "keras.optimizers.rmsprop": "keras.optimizers.RMSprop",
    "keras.optimizers.sgd": "keras.optimizers.SGD",
    "tensorflow.set_random_seed": "tensorflow.random.set_seed",
}

# Arguments by the class or method that takes them (*: every class there); None: remove it.
_OF_QUEUES: dict[str, str | None] = {"max_queue_size": None, "use_multiprocessing": None, "workers": None}
ARGUMENTS: dict[str, dict[str, str | None]] = {
    "keras.optimizers.*": {"lr": "learning_rate"},
    "keras.layers.BatchNormalization": {"fused": None},
    "keras.regularizers.L1": {"l": "l1"},
    "keras.regularizers.L2": {"l": "l2"},
    "keras.callbacks.ReduceLROnPlateau": {"epsilon": "min_delta"},
    "keras.callbacks.TensorBoard": {"batch_size": None, "write_grads": None},
    "keras.Model.fit": {"nb_epoch": "epochs", **_OF_QUEUES},
    "keras.Model.evaluate": _OF_QUEUES,
    "keras.Model.predict": _OF_QUEUES,
}
# Keras accepts these and ignores them.
IGNORED = {"decay", "epsilon"}

# Methods and attributes of objects: their class, the new name, what to append to the call, and the version.
METHODS = {
    "reset_states": ("keras.metrics.Metric", "reset_state", "", "Keras 3"),
    "fit_generator": ("keras.Model", "fit", "", "Keras 3"),
    "evaluate_generator": ("keras.Model", "evaluate", "", "Keras 3"),
    "predict_generator": ("keras.Model", "predict", "", "Keras 3"),
    "predict_proba": ("keras.Model", "predict", "", "Keras 2.6"),
    "predict_classes": ("keras.Model", "predict", ".argmax(axis=-1)", "Keras 2.6"),
    "lr": ("keras.optimizers.Optimizer", "learning_rate", "", "Keras 3"),
}
# Only Keras has these: the class of the object need not be known.
ONLY_KERAS = {"evaluate_generator", "fit_generator", "predict_classes", "predict_generator", "reset_states"}
# The version that removed a name; all others: Keras 3.
SINCE = {
    **dict.fromkeys(MODULES, "Keras 2.13"),
    "decay": "Keras 2.11",
    **dict.fromkeys(["nb_epoch", "keras.models.Input"], "Keras 2.4"),
    "keras.layers.experimental.preprocessing": "Keras 3",
    "keras.optimizers.experimental": "Keras 3",
    "keras.optimizers.legacy": "Keras 3",
    "keras.preprocessing.text": "Keras 3",
}

# Names without a successor, and what to do instead.
WITHOUT_SUCCESSOR = {
    "keras.wrappers.scikit_learn": "train with model.fit, or use keras.wrappers.SKLearnClassifier",
    "keras.layers.LocallyConnected1D": "use Conv1D",
    "keras.layers.LocallyConnected2D": "use Conv2D",
    "keras.layers.MaxoutDense": "write the layer: the maximum of several Dense layers",
    "keras.models.model_from_yaml": "use model_from_json",
    "keras.utils.multi_gpu_model": "use tf.distribute.MirroredStrategy",
    "keras.backend.set_session": "remove the session: TensorFlow 2 has none",
    "keras.backend.get_session": "remove the session: TensorFlow 2 has none",
    "keras.backend.tensorflow_backend": "remove it: TensorFlow 2 has no sessions",
}
# Whole parts of TensorFlow 1; the single names are in TensorFlow's own table (tensorflow.tools.compatibility).
TENSORFLOW_1 = tuple(f"tensorflow.{part}." for part in ("contrib", "examples", "layers", "app", "flags"))
V1_ONLY = (
    *("disable_eager_execution", "disable_v2_behavior", "global_variables_initializer"),
    *("InteractiveSession", "placeholder", "Session"),
)

# Default learning rates until Keras 2.3 that have changed.
OLD_RATES = {"Adadelta": 1.0, "Adagrad": 0.01}
