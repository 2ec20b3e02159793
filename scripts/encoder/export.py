"""Writes a trained encoder as an ONNX file that ONNX Runtime runs in place of the shipped one.

The convolutions' weights are whole numbers in the file only; for the other matrices see `scripts/onnx_graph.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, load, numpy_helper, save

from scripts.encoder.network import HEADS, LAYERS, ROTATED, STRIDES, WIDTH, input_axes
from scripts.onnx_graph import ZERO, Graph, Port, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from onnx import ModelProto

    Weights = Mapping[str, NDArray[np.float32]]

_HEAD = WIDTH // HEADS
_EPSILON = 1e-5
_JOINED = "qkv"
"""The matrices of a layer that are one in the file."""
_UNKNOWN = "{} is no encoder that scripts/adapt has made; give one that it has."


class UnknownEncoderError(ValueError):
    """A file is no encoder that `write` has made."""


def as_model(weights: Weights, frequencies: NDArray[np.float32]) -> ModelProto:
    """Return the encoder as a model with the inputs and the output of the shipped one."""
    graph = Graph()
    hidden = _frames(graph, weights)
    turn = _turn(graph, hidden, frequencies)
    for layer in map(str, range(LAYERS)):
        normed = _layer_norm(graph, hidden, weights, f"{layer}.norm1")
        hidden = graph.add("Add", hidden, _attended(graph, weights, layer, normed, turn))
        inner = graph.product(_layer_norm(graph, hidden, weights, f"{layer}.norm2"), weights, f"{layer}.up")
        hidden = graph.add("Add", hidden, graph.product(graph.gelu(inner), weights, f"{layer}.down"))
    graph.name_output(_layer_norm(graph, hidden, weights, "norm"), "last_hidden_state")
    inputs = [Port("input_values", (1, "samples")), Port("attention_mask", (1, "samples"), np.int64)]
    return graph.as_model("encoder", inputs, [Port("last_hidden_state", (1, "frames", WIDTH))])


def write(weights: Weights, frequencies: NDArray[np.float32], path: Path) -> None:
    """Write the encoder to a file. Raises OSError."""
    save(as_model(weights, frequencies), str(path))


def read_again(path: Path, like: Weights) -> dict[str, NDArray[np.float32]]:
    """Return the weights in a file that `write` has made, as rounding has left them.

    Args:
        path: the file.
        like: weights with the same names and shapes.

    Raises:
        OSError: the file cannot be read.
        UnknownEncoderError: it is no such file.
    """
    try:
        read = load(str(path)).graph.initializer
    except OSError:
        raise
    except Exception as error:  # protobuf's own, which has no types
        raise UnknownEncoderError(_UNKNOWN.format(path)) from error
    # The first files had numbers in place of names; each constant has kept its place.
    names = [tensor.name for tensor in as_model(like, np.zeros(ROTATED // 2, np.float32)).graph.initializer]
    if len(names) != len(read):
        raise UnknownEncoderError(_UNKNOWN.format(path))
    tensors = {name: numpy_helper.to_array(one) for name, one in zip(names, read, strict=True)}
    return {name: np.asarray(_value(tensors, name), np.float32).reshape(weight.shape) for name, weight in like.items()}


def _value(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """A weight of a file, by its name."""
    if name in tensors:
        return tensors[name]
    layer, _dot, part = name.rpartition(".")
    if part in _JOINED:
        joined = _multiplied_out(tensors, f"{layer}.{_JOINED}")
        return np.split(joined, len(_JOINED), axis=1)[_JOINED.index(part)]
    return _multiplied_out(tensors, name)


def _multiplied_out(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    numbers = tensors[f"{name}.numbers"]
    zero = ZERO if numbers.dtype == np.uint8 else 0
    return np.asarray((numbers.astype(np.float32) - zero) * tensors[f"{name}.scale"])


def _frames(graph: Graph, weights: Weights) -> str:
    """The convolutions: from samples to frames, shape (1, frames, 288)."""
    sound = graph.add("Unsqueeze", "input_values", graph.constant([1], np.int64))
    hidden = graph.add("Tanh", graph.add("Conv", sound, _named(graph, weights, "conv1"), strides=[STRIDES[0]]))
    axes = graph.constant([1, 2], np.int64)
    centred = graph.add("Sub", hidden, graph.add("ReduceMean", hidden, axes, keepdims=1))
    power = graph.add("ReduceMean", graph.add("Mul", centred, centred), axes, keepdims=1)
    spread = graph.add("Sqrt", graph.add("Add", power, graph.constant(_EPSILON)))
    scale, shift = (graph.constant(weights[name][:, None], name=name) for name in ("scale", "shift"))
    scaled = graph.add("Mul", graph.add("Div", centred, spread), scale)
    hidden = graph.add("Add", scaled, shift)
    for name, stride in (("conv2", STRIDES[1]), ("conv3", STRIDES[2])):
        kernel, bias = _kernel(graph, weights[name], name), _named(graph, weights, f"{name}.bias")
        hidden = graph.gelu(graph.add("Conv", hidden, kernel, bias, strides=[stride]))
    return graph.add("Transpose", hidden, perm=[0, 2, 1])


def _kernel(graph: Graph, weight: NDArray[np.float32], name: str) -> str:
    """A convolution's weights; ONNX Runtime multiplies them out once, when it loads them."""
    numbers, scale = rounded(weight, input_axes(name))
    as_numbers = graph.add("Cast", graph.constant(numbers, np.int8, f"{name}.numbers"), to=TensorProto.FLOAT)
    return graph.add("Mul", as_numbers, graph.constant(scale, name=f"{name}.scale"))


def _turn(graph: Graph, hidden: str, frequencies: NDArray[np.float32]) -> tuple[str, str]:
    """The cosines and sines of the positions' angles, shape (frames, 32)."""
    length = graph.add("Gather", graph.add("Shape", hidden), graph.constant(1, np.int64), axis=0)
    positions = graph.add("Range", graph.constant(0, np.int64), length, graph.constant(1, np.int64))
    column = graph.add("Unsqueeze", graph.add("Cast", positions, to=TensorProto.FLOAT), graph.constant([1], np.int64))
    angles = graph.add("Mul", column, graph.constant(np.repeat(frequencies, 2)[None]))
    return graph.add("Cos", angles), graph.add("Sin", angles)


def _named(graph: Graph, weights: Weights, name: str) -> str:
    return graph.constant(weights[name], name=name)


def _attended(graph: Graph, weights: Weights, layer: str, hidden: str, turn: tuple[str, str]) -> str:
    matrix = np.concatenate([weights[f"{layer}.{name}"] for name in _JOINED], axis=1)
    joined = graph.product(hidden, {f"{layer}.{_JOINED}": matrix}, f"{layer}.{_JOINED}")
    parts = graph.add("Split", joined, graph.constant([WIDTH] * 3, np.int64), axis=-1, outputs=3)
    query, key, value = (graph.heads(name, HEADS, _HEAD) for name in (parts, f"{parts}.1", f"{parts}.2"))
    across = graph.add("Transpose", _turned(graph, key, turn), perm=[0, 1, 3, 2])
    scores = graph.add("MatMul", _turned(graph, query, turn), across)
    shares = graph.add("Softmax", graph.add("Mul", scores, graph.constant(_HEAD**-0.5)), axis=-1)
    seen = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return graph.product(graph.add("Reshape", seen, graph.constant([0, 0, WIDTH], np.int64)), weights, f"{layer}.o")


def _turned(graph: Graph, heads: str, turn: tuple[str, str]) -> str:
    """Rotate pairs of neighbouring numbers by the angle of their position."""
    part = graph.add("Split", heads, graph.constant([ROTATED, _HEAD - ROTATED], np.int64), axis=-1, outputs=2)
    swap = np.zeros((ROTATED, ROTATED))
    even = np.arange(0, ROTATED, 2)
    swap[even + 1, even], swap[even, even + 1] = -1, 1
    across = graph.add("Mul", graph.add("MatMul", part, graph.constant(swap)), turn[1])
    return graph.add("Concat", graph.add("Add", graph.add("Mul", part, turn[0]), across), f"{part}.1", axis=-1)


def _layer_norm(graph: Graph, hidden: str, weights: Weights, name: str) -> str:
    return graph.add("LayerNormalization", hidden, _named(graph, weights, name), axis=-1, epsilon=_EPSILON)
