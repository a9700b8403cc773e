"""From a trained model to its bundle: ONNX, compared with Keras, calibrated, with golden answers."""

from __future__ import annotations

from digitlab.data.splits import Splits
from digitlab.errors import ExportError, in_words
from digitlab.export import samples
from digitlab.export.calibration import calibrate
from digitlab.export.onnx import to_onnx
from digitlab.export.parity import refuse_disagreement
from digitlab.export.static import not_onnx
from digitlab.preprocess.settings import Preprocessing
from digitlab.runs.run import Run
from digitlab.runtime.bundle import Bundle, Origin, make_bundle
from digitlab.runtime.golden import Golden
from digitlab.runtime.network import Network
from digitlab.training.setup import Trainable


def bundle_of(trainable: Trainable, splits: Splits, run: Run, preprocessing: Preprocessing) -> Bundle:
    """The bundle of a trained run.

    Raises:
        ExportError: the model cannot be written as ONNX, or gives other answers there.
    """
    try:
        model, validation = to_onnx(trainable), splits.validation
        network = Network(model, run.path.name)
        refuse_disagreement("ONNX", network.probabilities, trainable, validation)
        outsiders = samples.outsiders(preprocessing)
        return make_bundle(
            model,
            Golden.answered(*samples.golden(preprocessing), preprocessing, network.probabilities),
            classes=run.info.dataset.class_names,
            preprocessing=preprocessing,
            calibration=calibrate(network.evidence(validation.images), validation.labels, network.evidence(outsiders)),
            origin=_origin(run),
        )
    except ExportError:
        raise
    except Exception as error:  # a user's model can do anything, and its run must not fail because of it
        raise not_onnx(in_words(error)) from error


def _origin(run: Run) -> Origin:
    info = run.info
    return Origin(
        run=run.path.name,
        recipe=info.config.recipe,
        seed=info.config.training.seed,
        epochs=len(run.history),
        dataset=info.dataset.short_name,
        dataset_sha256=info.dataset.sha256,
        validation_accuracy=run.history[-1].valid_accuracy,
        versions=info.versions,
    )
