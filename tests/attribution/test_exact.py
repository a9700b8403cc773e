from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitlab.attribution.exact import attribute
from digitlab.attribution.linear import LinearNetwork
from digitlab.data.dataset import Split
from digitlab.errors import UsageError
from digitlab.export.onnx_graph import OnnxGraph
from digitlab.runtime.network import Network
from digitlab.runtime.places import SHIPPED


def shipped(name: str) -> bytes:
    return (SHIPPED / name / "model.onnx").read_bytes()


@pytest.mark.parametrize("name", ["softmax", "mlp-128", "robust"])
def test_the_shares_sum_to_the_evidence(held_out: Split, name: str) -> None:
    content = shipped(name)
    network, runtime = LinearNetwork(content), Network(content, name)
    for image in held_out.images[:3]:
        attribution = attribute(network, image)
        assert attribution.residual < 1e-6
        np.testing.assert_allclose(attribution.evidence, runtime.evidence(image[None])[0], atol=1e-3)
        assert not attribution.shares[:, image == 0].any()


def test_for_softmax_regression_it_is_the_formula_itself(held_out: Split) -> None:
    import onnx

    arrays = [
        onnx.numpy_helper.to_array(part) for part in onnx.load_model_from_string(shipped("softmax")).graph.initializer
    ]
    (kernel,) = (array.astype(np.float64) for array in arrays if array.shape == (784, 10))
    (bias,) = (array.astype(np.float64) for array in arrays if array.shape == (10,))
    image = held_out.images[0]
    attribution = attribute(LinearNetwork(shipped("softmax")), image)
    pixels = image.ravel() / 255
    np.testing.assert_allclose(attribution.shares.reshape(10, 784), kernel.T * pixels, atol=1e-9)
    np.testing.assert_allclose(attribution.bias, bias, atol=1e-9)


def test_nearby_the_network_is_the_affine_function_of_its_ledger(held_out: Split) -> None:
    """An independent check: the weights are the slope that finite differences see."""
    network, image = LinearNetwork(shipped("mlp-128")), held_out.images[1]
    attribution, (row, column) = attribute(network, image), np.argwhere(held_out.images[1] > 200)[5]
    brighter = image.astype(np.float64)
    brighter[row, column] += 1e-6
    slope = (network.choices(brighter)[0] - network.choices(image.astype(np.float64))[0]) / 1e-6
    np.testing.assert_allclose(slope * image[row, column], attribution.shares[:, row, column], atol=1e-4)


def network_with(kind: str) -> bytes:
    graph = OnnxGraph()
    rows = graph.add("Reshape", graph.add("Cast", "images", to=1), graph.integers(-1, 784))
    sums = graph.add("MatMul", rows, graph.constant(np.ones((784, 3), np.float32)))
    last = graph.add("Mul", sums, sums) if kind == "Mul" else graph.add(kind, sums)
    return graph.finish((28, 28), {"probabilities": graph.add("Softmax", last), "evidence": last}, [3])


@pytest.mark.parametrize(
    ("kind", "found"),
    [("Sigmoid", "Sigmoid"), ("Tanh", "Tanh"), ("Mul", "Mul of two values that both depend on the picture")],
)
def test_what_is_not_linear_anywhere_is_told(held_out: Split, kind: str, found: str) -> None:
    image: NDArray[np.uint8] = held_out.images[0]
    with pytest.raises(UsageError) as caught:
        attribute(LinearNetwork(network_with(kind)), image)
    assert str(caught.value) == (
        f"the answers of this network cannot be attributed to pixels\n  found: {found}\n  to do: digitlab explain "
        "supports Dense, Conv, ReLU, pooling and batch normalisation; the rest of the page is valid"
    )


def test_convolutions_of_a_large_image_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        attribute(LinearNetwork(shipped("robust")), np.zeros((64, 64), np.uint8))
    assert str(caught.value) == (
        "the image is too large to attribute the answer to its pixels\n"
        "  found: 4,096 values, of which a network with convolutions may have 2,352\n"
        "  to do: train with a smaller --image-size or --gray; the rest of the page is valid"
    )
