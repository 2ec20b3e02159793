"""Moonshine's decoder in JAX, which is not trained: it tells how what the encoder says is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from scripts.encoder.network import (
    LAYERS,
    as_heads,
    attended,
    dequantised,
    graph_of,
    normalised,
    products,
    tensors_of,
    turned,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Weights = dict[str, NDArray[np.float32]]

_NORMS = {"norm1": "input_layernorm", "norm2": "post_attention_layernorm", "norm3": "final_layernorm"}
_PRODUCTS = {
    **{f"self_attn/{name}_proj": name for name in "qkvo"},
    **{f"encoder_attn/{name}_proj": f"cross.{name}" for name in "qkvo"},
    "mlp/fc1": "up", "mlp/fc2": "down",
}  # fmt: skip


def read_decoder(path: Path) -> Weights:
    """Return the weights in decoder_model_merged.ort, dequantised.

    Raises:
        OSError: the file cannot be read.
        KeyError: it is another model.
    """
    graph = graph_of(path)
    tensors = tensors_of(graph)
    found = {"norm": tensors["model.decoder.norm.weight_merged_0"]}
    found["tokens"] = dequantised(tensors, "model.decoder.embed_tokens.weight_merged_0")
    for layer in range(LAYERS):
        for name, its in _NORMS.items():
            found[f"{layer}.{name}"] = tensors[f"model.decoder.layers.{layer}.{its}.weight_merged_0"]
        for name, its in (("up", "fc1"), ("down", "fc2")):
            found[f"{layer}.{name}.bias"] = tensors[f"model.decoder.layers.{layer}.mlp.{its}.bias_merged_0"]
    whole = next(node for node in map(graph.Nodes, range(graph.NodesLength())) if node.OpType() == b"If")
    branches = {whole.Attributes(one).Name(): whole.Attributes(one).G() for one in range(whole.AttributesLength())}
    for place, matrix in products(branches[b"else_branch"], tensors):
        if place[0] == "logits":
            found["words"] = matrix
        else:
            found[f"{place[2].removeprefix('layers.')}.{_PRODUCTS['/'.join(place[3:5])]}"] = matrix
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def log_probabilities(weights: Mapping[str, Any], frequencies: Any, tokens: Any, hidden: Any) -> Any:  # noqa: ANN401
    """Return the log-probability of each next token, shape (batch, length, tokens).

    Args:
        weights: of the decoder.
        frequencies: of the rotations.
        tokens: the transcripts, shape (batch, length); what comes after one does not change what is said of it.
        hidden: the encoder's final hidden states, shape (batch, frames, 288).
    """
    state = weights["tokens"][tokens]
    length = tokens.shape[1]
    angles = jnp.repeat(jnp.arange(length)[:, None] * frequencies, 2, axis=1)
    turn = jnp.cos(angles), jnp.sin(angles)
    before = jnp.tril(jnp.ones((length, length), bool))
    for layer in range(LAYERS):
        own = {name.partition(".")[2]: value for name, value in weights.items() if name.startswith(f"{layer}.")}
        given = normalised(state, (-1,)) * own["norm1"]
        query, key, value = (as_heads(given @ own[name]) for name in "qkv")
        state = state + attended(turned(query, turn), turned(key, turn), value, before) @ own["o"]
        query = as_heads(normalised(state, (-1,)) * own["norm2"] @ own["cross.q"])
        key, value = as_heads(hidden @ own["cross.k"]), as_heads(hidden @ own["cross.v"])
        state = state + attended(query, key, value) @ own["cross.o"]
        inner, gate = jnp.split(normalised(state, (-1,)) * own["norm3"] @ own["up"] + own["up.bias"], 2, axis=-1)
        state = state + (jax.nn.silu(gate) * inner) @ own["down"] + own["down.bias"]
    return jax.nn.log_softmax(normalised(state, (-1,)) * weights["norm"] @ weights["words"], axis=-1)
