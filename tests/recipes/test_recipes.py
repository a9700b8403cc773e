from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

import digitlab
from digitlab import recipes
from digitlab.data.dataset import Dataset
from digitlab.errors import UsageError
from digitlab.images.spec import MNIST, ImageSpec


@pytest.mark.parametrize(
    ("spec", "weights"),
    [
        ("softmax", [(784, 3), (3,)]),
        ("mlp", [(784, 128), (128,), (128, 3), (3,)]),
        ("mlp:20-10", [(784, 20), (20,), (20, 10), (10,), (10, 3), (3,)]),
    ],
)
def test_a_spec_builds_its_layers(spec: str, weights: list[tuple[int, ...]]) -> None:
    recipe = recipes.find(spec)
    model = recipe.build(MNIST, 3)
    answers = model(np.random.default_rng(0).random((5, *recipe.image_shape(MNIST)), np.float32))
    assert [tuple(variable.shape) for variable in model.trainable_variables] == weights
    np.testing.assert_allclose(np.asarray(answers).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", ["accurate", "best", "cnn", "fast", "robust"])
def test_the_convolutional_networks_take_pictures(name: str) -> None:
    recipe = recipes.find(name)
    assert recipe.build(MNIST, 4)(np.zeros((2, 28, 28, 1), np.float32)).shape == (2, 4)


@pytest.mark.parametrize("name", ["accurate", "best", "cnn", "fast", "robust", "softmax", "mlp:20"])
@pytest.mark.parametrize("shape", [(64, 64, 3), (32, 32), (8, 8), (2, 3), (7, 100, 3)])
def test_every_recipe_takes_images_of_any_size_and_colour(name: str, shape: tuple[int, ...]) -> None:
    recipe, spec = recipes.find(name), ImageSpec.of(shape)
    assert spec is not None
    images = np.zeros((2, *recipe.image_shape(spec)), np.float32)
    assert recipe.build(spec, 4)(images).shape == (2, 4)


def test_large_images_are_halved_until_they_are_small() -> None:
    """So a network for 256×256 pixels has at most twice the weights of one for 28×28."""
    small, large = (ImageSpec(height=side, width=side) for side in (28, 256))
    build = recipes.find("cnn").build
    assert build(large, 10).count_params() < 2 * build(small, 10).count_params()


def test_dropout_stands_after_every_hidden_layer() -> None:
    layers = recipes.find("mlp:8-4,dropout=0.25").build(MNIST, 10).layers
    assert [type(layer).__name__ for layer in layers] == ["Dense", "Dropout", "Dense", "Dropout", "Dense", "Softmax"]
    assert {layer.rate for layer in layers if isinstance(layer, keras.layers.Dropout)} == {0.25}


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            "mlq",
            (
                "unknown recipe 'mlq'\n  found: 'mlq'\n"
                "  to do: did you mean 'mlp'? Known: accurate, best, cnn, fast, mlp, robust, softmax"
            ),
        ),
        ("mlp:a", "the hidden layers of mlp cannot be read\n  found: mlp:a\n  to do: give widths of 1 to 100,000"),
        ("mlp:0", "the hidden layers of mlp cannot be read\n  found: mlp:0\n"),
        ("mlp:5,dropout=1.5", "the hidden layers of mlp cannot be read\n  found: mlp:5,dropout=1.5\n"),
        ("softmax:5", "softmax takes no layers\n  found: softmax:5\n  to do: say softmax, or mlp:5"),
    ],
)
def test_a_wrong_spec_is_told(spec: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        recipes.find(spec)
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize("spec", ["mlp:32,dropout=0.2", "cnn", "fast"])
def test_deeper_models_train_the_same_way_twice(digits: Dataset, tmp_path: Path, spec: str) -> None:
    whole = digitlab.train(spec, digits, out=tmp_path, epochs=2, report=False, listeners=())
    again = digitlab.train(spec, digits, out=tmp_path, epochs=2, report=False, listeners=())
    assert whole.result is not None
    assert whole.path.name.startswith(spec.replace(":", "-").replace(",", "-").replace("=", "-"))
    assert [r.train_loss for r in whole.history] == [r.train_loss for r in again.history]
