from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitlab.data.dataset import Split
from digitlab.lab.layer_images import montage
from digitlab.lab.model_cache import ModelCache
from digitlab.lab.worked_answer import work_out


@pytest.mark.parametrize("model", ["softmax", "mlp:128", "robust"])
def test_the_numbers_add_up(tmp_path: Path, held_out: Split, model: str) -> None:
    image, models = held_out.images[0], ModelCache(tmp_path)
    found = work_out(models, model, image)
    sums = found.attribution.shares.sum(axis=(1, 2)) + found.attribution.bias
    np.testing.assert_allclose(np.exp(sums) / np.exp(sums).sum(), found.softmax.probabilities, atol=1e-9)
    np.testing.assert_allclose(found.softmax.probabilities, models.predictor(model).predict(image[None])[0], atol=1e-5)


@pytest.mark.parametrize("model", ["softmax", "mlp:128"])
def test_pixels_times_weights_are_the_shares(tmp_path: Path, held_out: Split, model: str) -> None:
    image = held_out.images[0]
    found = work_out(ModelCache(tmp_path), model, image)
    assert found.weights is not None
    np.testing.assert_allclose(found.weights * (image / 255), found.attribution.shares, atol=1e-9)


def test_the_weights_of_softmax_regression_are_the_same_for_every_image(tmp_path: Path, held_out: Split) -> None:
    models = ModelCache(tmp_path)
    one, other = (work_out(models, "softmax", image) for image in held_out.images[:2])
    assert one.linear
    assert one.weights is not None
    assert other.weights is not None
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-9)


def test_layers_come_in_order_with_what_is_on(tmp_path: Path, held_out: Split) -> None:
    maps = work_out(ModelCache(tmp_path), "robust", held_out.images[0])
    assert [layer.values.shape for layer in maps.layers] == [
        (16, 14, 14), (16, 14, 14), (32, 7, 7), (32, 7, 7), (64, 7, 7), (96, 5, 5),
    ]  # fmt: skip
    assert maps.layers[-1].title == "ReLU: 96 maps of 5 × 5"
    [units] = work_out(ModelCache(tmp_path), "mlp:128", held_out.images[0]).layers
    assert units.title == f"ReLU: {int((units.values > 0).sum())} of 128 units are active"
    assert not maps.linear


def test_maps_stand_side_by_side() -> None:
    whole, most = montage(np.arange(3 * 2 * 2, dtype=np.float64).reshape(3, 2, 2))
    assert (whole.shape, most) == ((3, 9), 11.0)
    np.testing.assert_array_equal(whole[:2, 3:5], [[4, 5], [6, 7]])
