"""ONNX graphs with matrices of 8 bits, written operation by operation.

Matrices are whole numbers with one scale for each output, and what they are multiplied with is rounded to 8 bits at
each run (ONNX Runtime's DynamicQuantizeMatMul). Their zero is 128: with unsigned numbers on both sides the sums cannot
overflow on processors without VNNI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto
    from onnx import TensorProto as Tensor

LEVELS = 127
"""The largest whole number that stands for a weight, with either sign."""
ZERO = 128
"""The unsigned number in a file that stands for 0."""
_OPSET = 18
_IR = 9
_TYPES: dict[type, int] = {np.float32: TensorProto.FLOAT, np.int64: TensorProto.INT64}


class Port(NamedTuple):
    """An input or an output of a graph."""

    name: str
    shape: tuple[int | str, ...]
    """A word in it stands for any length."""
    kind: type = np.float32


def rounded(weight: Any, axes: tuple[int, ...]) -> tuple[Any, Any]:  # noqa: ANN401 - of NumPy or of JAX
    """Return a weight as whole numbers, and the scale of each output; `axes` are those that are not outputs."""
    scale = abs(weight).max(axis=axes, keepdims=True) / LEVELS
    return (weight / scale).round(), scale


class Graph:
    """An ONNX graph that is written operation by operation; each returns the name of what it makes."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.tensors: list[Tensor] = []

    def constant(self, value: object, kind: type = np.float32, name: str = "") -> str:
        """Add a constant; weights have names, by which they can be read again."""
        name = name or f"constant{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", outputs: int = 1, **attributes: Any) -> str:  # noqa: ANN401 - as ONNX has them
        """Add an operation, and return its first output; the others have its name and a number."""
        name = f"{kind}{len(self.nodes)}"
        names = [name, *(f"{name}.{number}" for number in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, [*inputs], names, domain=domain, **attributes))
        return name

    def product(self, left: str, weights: Mapping[str, NDArray[np.float32]], name: str) -> str:
        """Multiply by the matrix of a name, shape (inputs, outputs), and add its bias `<name>.bias` if it has one."""
        numbers, scale = rounded(weights[name], (0,))
        given = [
            self.constant(numbers + ZERO, np.uint8, f"{name}.numbers"),
            self.constant(scale.reshape(-1), name=f"{name}.scale"),
            self.constant(np.full(numbers.shape[1], ZERO), np.uint8),
        ]
        given += [self.constant(weights[bias], name=bias)] if (bias := f"{name}.bias") in weights else []
        return self.add("DynamicQuantizeMatMul", left, *given, domain="com.microsoft")

    def heads(self, name: str, count: int, size: int) -> str:
        """Split the last axis into heads: from (batch, length, count x size) to (batch, count, length, size)."""
        split = self.add("Reshape", name, self.constant([0, 0, count, size], np.int64))
        return self.add("Transpose", split, perm=[0, 2, 1, 3])

    def gelu(self, name: str) -> str:
        """Add the activation GELU."""
        return self.add("Gelu", name, domain="com.microsoft")

    def name_output(self, made: str, name: str) -> None:
        """Give a result the name of an output."""
        self.nodes.append(helper.make_node("Identity", [made], [name]))

    def as_model(self, title: str, inputs: Sequence[Port], outputs: Sequence[Port]) -> ModelProto:
        """Return the graph as a model."""
        taken, given = (
            [helper.make_tensor_value_info(port.name, _TYPES[port.kind], port.shape) for port in side]
            for side in (inputs, outputs)
        )
        return helper.make_model(
            helper.make_graph(self.nodes, title, taken, given, self.tensors),
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)],
            ir_version=_IR,
        )
