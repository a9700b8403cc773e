from __future__ import annotations

import numpy as np
import onnxruntime

from digitlab.export.onnx import line_reader_to_onnx
from digitlab.models.lines import lines
from digitlab.runtime.graph import complaint


def test_strips_of_any_width_are_answered_as_by_keras() -> None:
    model = lines()
    exported = line_reader_to_onnx(model)
    assert complaint(exported) is None
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    for width in (16, 100):
        strips = np.random.default_rng(width).integers(0, 256, (2, 32, width), np.uint8)
        (answers,) = session.run(["probabilities"], {"images": strips})
        logits = np.asarray(model(strips[..., None] / np.float32(255), training=False), np.float64)
        expected = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        assert answers.shape == (2, width // 4, 14)
        assert np.abs(answers - expected).max() < 1e-4
