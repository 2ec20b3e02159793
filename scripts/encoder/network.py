"""Moonshine's encoder in JAX, so that it can be trained, with the weights of the model that the coach ships.

Architecture: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands",
arXiv:2410.15608. Three convolutions, 41.7 frames a second, then six layers of self-attention with rotary positions
over 32 of the 36 numbers of a head, and feed-forward layers. Weights are read from its file in ONNX Runtime's format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from onnxruntime.tools.ort_format_model.ort_flatbuffers_py.fbs.InferenceSession import InferenceSession

from scripts.onnx_graph import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Weights = dict[str, NDArray[np.float32]]

LAYERS, HEADS, WIDTH = 6, 8, 288
ROTATED = 32
"""Numbers of each head that are rotated with the position."""
STRIDES = (64, 3, 2)
"""Samples, or frames of the layer before, between two frames of each convolution."""
QUANTISED = (
    *("conv2", "conv3"),
    *(f"{layer}.{name}" for layer in range(LAYERS) for name in ("q", "k", "v", "o", "up", "down")),
)
"""The weights that are whole numbers in the file, with one scale for each output."""
_EPSILON = 1e-5
_NUMBER_TYPES: dict[int, type] = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_}
"""ONNX's numbers for the types of tensors."""


def read_weights(path: Path) -> tuple[Weights, NDArray[np.float32]]:
    """Return the weights in encoder_model.ort, dequantised, and the frequencies of its rotations.

    Raises:
        OSError: the file cannot be read.
        KeyError: it is another model.
    """
    graph = graph_of(path)
    tensors = tensors_of(graph)
    found = {"conv1": tensors["conv1.weight_add_tensor"], "norm": tensors["layer_norm.weight"]}
    for name in ("conv2", "conv3"):
        found |= {name: tensors[f"{name}.weight_add_tensor"], f"{name}.bias": tensors[f"{name}.bias"]}
    found |= {"scale": tensors["onnx::Mul_2080"].reshape(-1), "shift": tensors["onnx::Add_2081"].reshape(-1)}
    for layer in range(LAYERS):
        found[f"{layer}.norm1"] = tensors[f"layers.{layer}.input_layernorm.weight"]
        found[f"{layer}.norm2"] = tensors[f"layers.{layer}.post_attention_layernorm.weight"]
        found[f"{layer}.up.bias"] = tensors[f"layers.{layer}.mlp.fc1.bias"]
        found[f"{layer}.down.bias"] = tensors[f"layers.{layer}.mlp.fc2.bias"]
    for place, matrix in products(graph, tensors):
        found[f"{place[0].removeprefix('layers.')}.{_PRODUCTS[place[2]]}"] = matrix
    return {name: np.asarray(value, np.float32) for name, value in found.items()}, tensors["onnx::Expand_202"].reshape(
        -1
    )


def graph_of(path: Path) -> Any:  # noqa: ANN401 - flatbuffers has no types
    """Return the graph in a file in ONNX Runtime's format. Raises OSError."""
    return InferenceSession.GetRootAsInferenceSession(path.read_bytes(), 0).Model().Graph()


def tensors_of(graph: Any) -> dict[str, NDArray[Any]]:  # noqa: ANN401 - flatbuffers has no types
    """Return the constants of a graph in ONNX Runtime's format, by name."""
    tensors = [graph.Initializers(number) for number in range(graph.InitializersLength())]
    return {tensor.Name().decode(): _numbers(tensor) for tensor in tensors}


def _numbers(tensor: Any) -> NDArray[Any]:  # noqa: ANN401 - as above
    if not tensor.RawDataLength():
        return np.zeros(0, np.float32)
    shape = [tensor.Dims(number) for number in range(tensor.DimsLength())]
    return np.frombuffer(tensor.RawDataAsNumpy().tobytes(), _NUMBER_TYPES[tensor.DataType()]).reshape(shape)


def dequantised(tensors: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """Return a matrix that is kept as whole numbers."""
    scale, zero = (float(tensors[f"{name}_{part}"].reshape(-1)[0]) for part in ("scale", "zero_point"))
    return np.asarray((tensors[f"{name}_quantized"].astype(np.float32) - zero) * scale, np.float32)


def products(graph: Any, tensors: Mapping[str, NDArray[Any]]) -> Iterator[tuple[list[str], NDArray[np.float32]]]:  # noqa: ANN401
    """Yield the matrices of all matrix products of a graph, each with the path that is the name of its output."""
    for node in map(graph.Nodes, range(graph.NodesLength())):
        if node.OpType() in {b"MatMulIntegerToFloat", b"DynamicQuantizeMatMul"}:
            inputs = [node.Inputs(number).decode() for number in range(node.InputsLength())]
            matrix = next(name for name in inputs if name.endswith("_quantized") and name in tensors)
            place = node.Outputs(0).decode().strip("/").split("/")
            yield place, dequantised(tensors, matrix.removesuffix("_quantized"))


_PRODUCTS = {"q_proj": "q", "k_proj": "k", "v_proj": "v", "o_proj": "o", "fc1": "up", "fc2": "down"}


def input_axes(name: str) -> tuple[int, ...]:
    """Return the axes of a weight that are not its outputs."""
    return (1, 2) if name.startswith("conv") else (0,)


def as_in_the_file(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Return the weights as rounding makes them; gradients pass through the rounding as if there were none."""
    result = dict(weights)
    for name in QUANTISED:
        number, scale = rounded(jax.lax.stop_gradient(weights[name]), input_axes(name))
        result[name] = weights[name] + jax.lax.stop_gradient(number * scale - weights[name])
    return result


def encode(weights: Mapping[str, Any], frequencies: Any, sounds: Any) -> Any:  # noqa: ANN401 - JAX's arrays
    """Return the final hidden states, shape (batch, frames, 288), of sounds of shape (batch, samples)."""
    hidden = jnp.tanh(_convolved(sounds[:, None], weights["conv1"], STRIDES[0]))
    hidden = normalised(hidden, (1, 2)) * weights["scale"][:, None] + weights["shift"][:, None]
    for name, stride in (("conv2", STRIDES[1]), ("conv3", STRIDES[2])):
        hidden = _gelu(_convolved(hidden, weights[name], stride) + weights[f"{name}.bias"][:, None])
    hidden = hidden.transpose(0, 2, 1)
    angles = jnp.repeat(jnp.arange(hidden.shape[1])[:, None] * frequencies, 2, axis=1)
    turn = jnp.cos(angles), jnp.sin(angles)
    for layer in range(LAYERS):
        own = {name.partition(".")[2]: value for name, value in weights.items() if name.startswith(f"{layer}.")}
        hidden = hidden + _attended(own, normalised(hidden, (-1,)) * own["norm1"], turn)
        inner = _gelu(normalised(hidden, (-1,)) * own["norm2"] @ own["up"] + own["up.bias"])
        hidden = hidden + inner @ own["down"] + own["down.bias"]
    return normalised(hidden, (-1,)) * weights["norm"]


def _convolved(sounds: Any, kernel: Any, stride: int) -> Any:  # noqa: ANN401 - JAX's arrays
    return jax.lax.conv_general_dilated(sounds, kernel, (stride,), "VALID", dimension_numbers=("NCH", "OIH", "NCH"))


def normalised(values: Any, axes: tuple[int, ...]) -> Any:  # noqa: ANN401 - as above
    """Return values with a mean of zero and a variance of one over the axes."""
    centred = values - values.mean(axes, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(axes, keepdims=True) + _EPSILON)


def _gelu(values: Any) -> Any:  # noqa: ANN401 - as above
    return jax.nn.gelu(values, approximate=False)


def _attended(own: Mapping[str, Any], hidden: Any, turn: tuple[Any, Any]) -> Any:  # noqa: ANN401 - as above
    query, key, value = (as_heads(hidden @ own[name]) for name in "qkv")
    return attended(turned(query, turn), turned(key, turn), value) @ own["o"]


def as_heads(values: Any) -> Any:  # noqa: ANN401 - as above
    """Return values of shape (batch, length, 288) as (batch, heads, length, 36)."""
    return values.reshape(*values.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)


def attended(query: Any, key: Any, value: Any, seen: Any = True) -> Any:  # noqa: ANN401, FBT002 - as above
    """Return what each place of the query finds in the values, shape (batch, length, 288).

    Args:
        query: what is asked for, in heads.
        key: what answers it, in heads.
        value: what is found there, in heads.
        seen: which keys each place of the query may look at.
    """
    scores = jnp.einsum("bhqd,bhkd->bhqk", query, key) / jnp.sqrt(WIDTH / HEADS)
    shares = jax.nn.softmax(jnp.where(seen, scores, -1e9), axis=-1)
    mixed = jnp.einsum("bhqk,bhkd->bhqd", shares, value).transpose(0, 2, 1, 3)
    return mixed.reshape(*mixed.shape[:2], WIDTH)


def turned(heads: Any, turn: tuple[Any, Any]) -> Any:  # noqa: ANN401 - as above
    """Rotate pairs of neighbouring numbers by the angle of their position."""
    part, rest = heads[..., :ROTATED], heads[..., ROTATED:]
    across = jnp.stack([-part[..., 1::2], part[..., 0::2]], axis=-1).reshape(part.shape)
    return jnp.concatenate([part * turn[0] + across * turn[1], rest], axis=-1)
