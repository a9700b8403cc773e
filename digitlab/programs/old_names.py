"""Names that Keras and TensorFlow once had, and what they are now; tried on Keras 3.15 and TensorFlow 2.21."""

from __future__ import annotations

# Modules and all that was in them.  A program may write tensorflow.keras for keras.
MODULES = {
    "keras.api._v2.keras": "keras",
    "keras.api": "keras",
    "keras.callbacks.callbacks": "keras.callbacks",
    "keras.engine.functional": "keras.models",
    "keras.engine.sequential": "keras.models",
    "keras.engine.training": "keras.models",
    "keras.engine": "keras.layers",
    "keras.initializers.initializers_v2": "keras.initializers",
    "keras.layers.experimental.preprocessing": "keras.layers",
    "keras.objectives": "keras.losses",
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

# Arguments by the class or method that takes them («*»: every class there); None: leave it out, it changed nothing.
_OF_FIT: dict[str, str | None] = {
    "nb_epoch": "epochs",
    "max_queue_size": None,
    "use_multiprocessing": None,
    "workers": None,
}
ARGUMENTS: dict[str, dict[str, str | None]] = {
    "keras.optimizers.*": {"lr": "learning_rate"},
    "keras.layers.*": {
        "W_constraint": "kernel_constraint",
        "W_regularizer": "kernel_regularizer",
        "b_constraint": "bias_constraint",
        "b_regularizer": "bias_regularizer",
        "bias": "use_bias",
        "border_mode": "padding",
        "init": "kernel_initializer",
        "nb_filter": "filters",
        "subsample": "strides",
        "fused": None,
    },
    "keras.layers.Dense": {"output_dim": "units"},
    "keras.layers.GRU": {"output_dim": "units"},
    "keras.layers.LSTM": {"output_dim": "units"},
    "keras.layers.SimpleRNN": {"output_dim": "units"},
    "keras.layers.Dropout": {"p": "rate"},
    "keras.layers.GaussianNoise": {"sigma": "stddev"},
    "keras.regularizers.L1": {"l": "l1"},
    "keras.regularizers.L2": {"l": "l2"},
    "keras.callbacks.ReduceLROnPlateau": {"epsilon": "min_delta"},
    "keras.callbacks.TensorBoard": {"batch_size": None, "write_grads": None},
    "keras.Model": {"input": "inputs", "output": "outputs"},
    "keras.Model.fit": _OF_FIT,
    "keras.Model.evaluate": {name: None for name, new in _OF_FIT.items() if new is None},
    "keras.Model.predict": {name: None for name, new in _OF_FIT.items() if new is None},
}
# Keras takes these today and does nothing with them.
IGNORED = {"decay", "epsilon"}

# Attributes of objects, by their class.  What follows the parenthesis is put behind the call.
METHODS: dict[str, dict[str, tuple[str, str]]] = {
    "keras.metrics.Metric": {"reset_states": ("reset_state", "")},
    "keras.Model": {
        "fit_generator": ("fit", ""),
        "evaluate_generator": ("evaluate", ""),
        "predict_generator": ("predict", ""),
        "predict_proba": ("predict", ""),
        "predict_classes": ("predict", ".argmax(axis=-1)"),
    },
    "keras.optimizers.Optimizer": {"lr": ("learning_rate", "")},
}
# Functions of keras.backend for variables, which tf.keras.backend still has and which fail there; now methods.
OF_VARIABLES = {"get_value": "numpy", "set_value": "assign"}
# These no other package has: told without knowing what the object is.
ONLY_KERAS = {"evaluate_generator", "fit_generator", "predict_classes", "predict_generator", "reset_states"}
# From which version on a name is gone; all others: Keras 3.
SINCE = {
    **dict.fromkeys(MODULES, "Keras 2.13"),
    **dict.fromkeys(ARGUMENTS["keras.layers.*"], "Keras 2.4"),
    **dict.fromkeys(["nb_epoch", "output_dim", "p", "sigma", "input", "output", "keras.models.Input"], "Keras 2.4"),
    **dict.fromkeys(["predict_classes", "predict_proba"], "Keras 2.6"),
    "keras.layers.experimental.preprocessing": "Keras 3",
    "keras.optimizers.experimental": "Keras 3",
    "keras.optimizers.legacy": "Keras 3",
    "keras.preprocessing.text": "Keras 3",
    "fused": "Keras 3",
}

# What has no one successor, and what to do.
WITHOUT_SUCCESSOR = {
    "keras.wrappers.scikit_learn": "train with model.fit, or use keras.wrappers.SKLearnClassifier",
    "keras.layers.LocallyConnected1D": "use Conv1D",
    "keras.layers.LocallyConnected2D": "use Conv2D",
    "keras.layers.MaxoutDense": "write the layer: the greatest of several Dense layers",
    "keras.models.model_from_yaml": "use model_from_json",
    "keras.utils.multi_gpu_model": "use tf.distribute.MirroredStrategy",
    "keras.backend.set_session": "take the session out: TensorFlow 2 has none",
    "keras.backend.get_session": "take the session out: TensorFlow 2 has none",
    "keras.backend.tensorflow_backend": "take it out: TensorFlow 2 has no sessions",
}
# Whole parts of TensorFlow 1; the single names are in TensorFlow's own table (tensorflow.tools.compatibility).
TENSORFLOW_1 = ("tensorflow.contrib", "tensorflow.examples", "tensorflow.layers", "tensorflow.app", "tensorflow.flags")
V1_ONLY = (
    *("disable_eager_execution", "disable_v2_behavior", "global_variables_initializer"),
    *("InteractiveSession", "placeholder", "Session"),
)

# The learning rates that these had in Keras 2 until 2.3, and have no more.
OLD_RATES = {"Adadelta": 1.0, "Adagrad": 0.01}
