"""Writes a trained encoder as an ONNX file that ONNX Runtime runs in place of the shipped one.

Matrices are whole numbers with one scale for each output, and what they are multiplied with is rounded to 8 bits at
each run (ONNX Runtime's DynamicQuantizeMatMul). Their zero is 128: with unsigned numbers on both sides the sums cannot
overflow on processors without VNNI. The convolutions' weights are whole numbers in the file only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from scripts.encoder.network import HEADS, LAYERS, ROTATED, STRIDES, WIDTH, input_axes, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto
    from onnx import TensorProto as Tensor

    Weights = Mapping[str, NDArray[np.float32]]

_OPSET = 18
_IR = 9
_ZERO = 128
_HEAD = WIDTH // HEADS
_EPSILON = 1e-5


class _Graph:
    """An ONNX graph that is written operation by operation; each returns the name of what it makes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.tensors: list[Tensor] = []

    def constant(self, value: object, kind: type = np.float32) -> str:
        """Add a constant."""
        self.tensors.append(numpy_helper.from_array(np.asarray(value, kind), name := f"constant{len(self.tensors)}"))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:  # noqa: ANN401 - as ONNX has them
        """Add an operation, and return its first output; the others have its name and a number."""
        name = f"{kind}{len(self.nodes)}"
        names = [name, *(f"{name}.{number}" for number in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, [*inputs], names, domain=domain, **attributes))
        return name


def as_model(weights: Weights, frequencies: NDArray[np.float32]) -> ModelProto:
    """Return the encoder as a model with the inputs and the output of the shipped one."""
    graph = _Graph()
    hidden = _frames(graph, weights)
    turn = _turn(graph, hidden, frequencies)
    for layer in range(LAYERS):
        own = {name.partition(".")[2]: value for name, value in weights.items() if name.startswith(f"{layer}.")}
        hidden = graph.add("Add", hidden, _attended(graph, own, _layer_norm(graph, hidden, own["norm1"]), turn))
        inner = _product(graph, _layer_norm(graph, hidden, own["norm2"]), own["up"], own["up.bias"])
        outer = _product(graph, _gelu(graph, inner), own["down"], own["down.bias"])
        hidden = graph.add("Add", hidden, outer)
    graph.add("Identity", _layer_norm(graph, hidden, weights["norm"]))
    graph.nodes[-1].output[0] = "last_hidden_state"
    inputs = [("input_values", TensorProto.FLOAT), ("attention_mask", TensorProto.INT64)]
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, kind, [1, "samples"]) for name, kind in inputs],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [1, "frames", WIDTH])],
            graph.tensors,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=_IR,
    )


def write(weights: Weights, frequencies: NDArray[np.float32], path: Path) -> None:
    """Write the encoder to a file. Raises OSError."""
    save(as_model(weights, frequencies), str(path))


def _frames(graph: _Graph, weights: Weights) -> str:
    """The convolutions: from samples to frames, shape (1, frames, 288)."""
    sound = graph.add("Unsqueeze", "input_values", graph.constant([1], np.int64))
    hidden = graph.add("Tanh", graph.add("Conv", sound, graph.constant(weights["conv1"]), strides=[STRIDES[0]]))
    axes = graph.constant([1, 2], np.int64)
    centred = graph.add("Sub", hidden, graph.add("ReduceMean", hidden, axes, keepdims=1))
    power = graph.add("ReduceMean", graph.add("Mul", centred, centred), axes, keepdims=1)
    spread = graph.add("Sqrt", graph.add("Add", power, graph.constant(_EPSILON)))
    scaled = graph.add("Mul", graph.add("Div", centred, spread), graph.constant(weights["scale"][:, None]))
    hidden = graph.add("Add", scaled, graph.constant(weights["shift"][:, None]))
    for name, stride in (("conv2", STRIDES[1]), ("conv3", STRIDES[2])):
        kernel, bias = _kernel(graph, weights[name], name), graph.constant(weights[f"{name}.bias"])
        hidden = _gelu(graph, graph.add("Conv", hidden, kernel, bias, strides=[stride]))
    return graph.add("Transpose", hidden, perm=[0, 2, 1])


def _kernel(graph: _Graph, weight: NDArray[np.float32], name: str) -> str:
    """A convolution's weights; ONNX Runtime multiplies them out once, when it loads them."""
    numbers, scale = rounded(weight, input_axes(name))
    as_numbers = graph.add("Cast", graph.constant(numbers, np.int8), to=TensorProto.FLOAT)
    return graph.add("Mul", as_numbers, graph.constant(scale))


def _turn(graph: _Graph, hidden: str, frequencies: NDArray[np.float32]) -> tuple[str, str]:
    """The cosines and sines of the positions' angles, shape (frames, 32)."""
    length = graph.add("Gather", graph.add("Shape", hidden), graph.constant(1, np.int64), axis=0)
    positions = graph.add("Range", graph.constant(0, np.int64), length, graph.constant(1, np.int64))
    column = graph.add("Unsqueeze", graph.add("Cast", positions, to=TensorProto.FLOAT), graph.constant([1], np.int64))
    angles = graph.add("Mul", column, graph.constant(np.repeat(frequencies, 2)[None]))
    return graph.add("Cos", angles), graph.add("Sin", angles)


def _attended(graph: _Graph, own: Weights, hidden: str, turn: tuple[str, str]) -> str:
    joined = _product(graph, hidden, np.concatenate([own[name] for name in ("q", "k", "v")], axis=1))
    parts = graph.add("Split", joined, graph.constant([WIDTH] * 3, np.int64), axis=-1, outputs=3)
    query, key, value = (_heads(graph, name) for name in (parts, f"{parts}.1", f"{parts}.2"))
    across = graph.add("Transpose", _turned(graph, key, turn), perm=[0, 1, 3, 2])
    scores = graph.add("MatMul", _turned(graph, query, turn), across)
    shares = graph.add("Softmax", graph.add("Mul", scores, graph.constant(_HEAD**-0.5)), axis=-1)
    seen = graph.add("Transpose", graph.add("MatMul", shares, value), perm=[0, 2, 1, 3])
    return _product(graph, graph.add("Reshape", seen, graph.constant([0, 0, WIDTH], np.int64)), own["o"])


def _heads(graph: _Graph, name: str) -> str:
    split = graph.add("Reshape", name, graph.constant([0, 0, HEADS, _HEAD], np.int64))
    return graph.add("Transpose", split, perm=[0, 2, 1, 3])


def _turned(graph: _Graph, heads: str, turn: tuple[str, str]) -> str:
    """Rotate pairs of neighbouring numbers by the angle of their position."""
    part = graph.add("Split", heads, graph.constant([ROTATED, _HEAD - ROTATED], np.int64), axis=-1, outputs=2)
    swap = np.zeros((ROTATED, ROTATED))
    even = np.arange(0, ROTATED, 2)
    swap[even + 1, even], swap[even, even + 1] = -1, 1
    across = graph.add("Mul", graph.add("MatMul", part, graph.constant(swap)), turn[1])
    return graph.add("Concat", graph.add("Add", graph.add("Mul", part, turn[0]), across), f"{part}.1", axis=-1)


def _product(graph: _Graph, left: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
    numbers, scale = rounded(weight, (0,))
    width = weight.shape[1]
    given = [graph.constant(numbers + _ZERO, np.uint8), graph.constant(scale.reshape(-1))]
    given += [graph.constant(np.full(width, _ZERO), np.uint8)]
    given += [] if bias is None else [graph.constant(bias)]
    return graph.add("DynamicQuantizeMatMul", left, *given, domain="com.microsoft")


def _layer_norm(graph: _Graph, hidden: str, scale: NDArray[np.float32]) -> str:
    return graph.add("LayerNormalization", hidden, graph.constant(scale), axis=-1, epsilon=_EPSILON)


def _gelu(graph: _Graph, hidden: str) -> str:
    return graph.add("Gelu", hidden, domain="com.microsoft")
