"""The neural speech model (Moonshine) and its tokenizer, run by ONNX Runtime.

File format (read off Moonshine's tokenizer.bin): the tokens in the order of their ids, each as its length in bytes (one
byte below 128; from 128 on two, the low seven bits first) and its bytes. A word starts with U+2581. Merges are taken
lowest id first; ids below 259 are specials and single bytes. No token crosses the start of a word, so each word is
encoded alone.

Model: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands", arXiv:2410.15608.
Read here from its three files and run with onnxruntime; the keys and values of past tokens are kept, so that one more
token costs one step, and many transcripts of the same sound are continued in one batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


BEGIN = 1
"""Token id that starts every transcript."""
END = 2
"""Token id that ends every transcript."""
_SPECIALS = 3
"""Token ids that stand for no text; those of the 256 bytes follow."""
_WORD_START = "\u2581"
_LONG_LENGTH = 128


class Tokenizer:
    """Converts words to token ids and back.

    Args:
        tokens: the bytes of each token, in the order of the ids.
        word_start: what stands in a token for the space before a word.
        specials: the number of tokens at the beginning that stand for no text.
    """

    def __init__(self, tokens: list[bytes], word_start: str = _WORD_START, specials: int = _SPECIALS) -> None:
        self._tokens = tokens
        self._word_start = word_start
        self._ids = {token: number for number, token in enumerate(tokens) if number >= specials}

    @classmethod
    def read(cls, path: Path, word_start: str = _WORD_START, specials: int = _SPECIALS) -> Tokenizer:
        """Read a tokenizer.bin.

        Args:
            path: the file.
            word_start: what stands in a token for the space before a word.
            specials: the number of tokens at the beginning that stand for no text.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file is cut short.
        """
        content = path.read_bytes()
        tokens: list[bytes] = []
        position = 0
        while position < len(content):
            length = content[position]
            position += 1
            if length >= _LONG_LENGTH:
                length += _LONG_LENGTH * (content[position : position + 1] or b"\0")[0] - _LONG_LENGTH
                position += 1
            token = content[position : position + length]
            if len(token) < length:
                message = f"{path.name} is cut short"
                raise ValueError(message)
            tokens.append(token)
            position += length
        return cls(tokens, word_start, specials)

    def __len__(self) -> int:
        return len(self._tokens)

    def encode_word(self, word: str) -> tuple[int, ...]:
        """Return the token ids of one word; the space before it is implied."""
        pieces = [character.encode() for character in self._word_start + word]
        while len(pieces) > 1:
            merges = [(self._ids.get(left + right), at) for at, (left, right) in enumerate(pairwise(pieces))]
            known = [(number, at) for number, at in merges if number is not None]
            if not known:
                break
            _, at = min(known)
            pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
        return tuple(number for piece in pieces for number in self._ids_of(piece))

    def decode(self, ids: tuple[int, ...]) -> str:
        """Return the text of token ids, without the implied first space."""
        text = b"".join(self._tokens[number] for number in ids).decode(errors="replace")
        return text.replace(self._word_start, " ").removeprefix(" ")

    def _ids_of(self, piece: bytes) -> tuple[int, ...]:
        known = self._ids.get(piece)
        return (known,) if known is not None else tuple(self._ids[bytes([byte])] for byte in piece)


SAMPLE_RATE = 16_000
"""Hz."""
SHORTEST_SAMPLES = 4_000
"""The fewest samples that the encoder is given, a quarter of a second; a shorter sound is padded with zeros."""
TOKENS_PER_SECOND = 6.5
"""The most tokens of a transcript per second of sound; longer ones repeat themselves without end (the limit of the
model's makers)."""
FILES = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
_LAYERS, _HEADS, _HEAD_SIZE = 6, 8, 36


@dataclass(frozen=True, slots=True)
class Transcripts:
    """A batch of unfinished transcripts of one sound."""

    steps: NDArray[np.float32]
    """Log-probability of each next token after each of the tokens just added; shape (batch, length, tokens)."""
    past: tuple[NDArray[np.float32], ...]
    """Self-attention keys and values, each of shape (batch, heads, length, head size)."""
    sound: Any
    """The encoded sound, in the form that its model needs."""

    @property
    def log_probabilities(self) -> NDArray[np.float32]:
        """Log-probability of each next token after the last one added; shape (batch, tokens)."""
        return self.steps[:, -1]


@dataclass(frozen=True, slots=True)
class _Sound:
    """The encoded sound that the decoder attends to, for a batch of one."""

    mask: NDArray[np.int64]
    hidden: NDArray[np.float32]
    cross: tuple[NDArray[np.float32], ...] = ()


class TranscribingModel(ABC):
    """A speech model as a search of transcripts needs it."""

    tokenizer: Tokenizer
    end: int
    """The token that ends every transcript."""

    def __init__(self) -> None:
        self._last: tuple[NDArray[np.float32], Transcripts] | None = None
        """The last sound and what was heard in it; two searches of one utterance follow each other."""

    def listen(self, sound: NDArray[np.float32]) -> Transcripts:
        """Encode a sound, shape (samples,), -1...1, at SAMPLE_RATE, and return a batch of one empty transcript.

        The same array, listened to twice in a row, is encoded once; so it may not be changed meanwhile.
        """
        if self._last is None or self._last[0] is not sound:
            self._last = sound, self.encode(sound)
        return self._last[1]

    @abstractmethod
    def encode(self, sound: NDArray[np.float32]) -> Transcripts:
        """Do what `listen` does, each time anew."""

    @abstractmethod
    def extend(self, transcripts: Transcripts, parents: NDArray[np.int64], tokens: NDArray[np.int64]) -> Transcripts:
        """Continue transcripts, each by the same number of tokens; several tokens cost hardly more time than one.

        Args:
            transcripts: the batch to continue.
            parents: the index of the transcript that each new one continues, shape (new batch,).
            tokens: the tokens that are added to each, shape (new batch, length).
        """


class SpeechModel(TranscribingModel):
    """Moonshine's encoder and decoder in ONNX Runtime.

    Args:
        folder: the folder with the files named in FILES.
        threads: the number of threads that one run may use.
        encoder: the file of another encoder that the decoder understands; None for the one in the folder.

    Raises:
        OSError: a file is missing.
        ValueError: a file is damaged.
    """

    end = END

    def __init__(self, folder: Path, threads: int = 1, encoder: Path | None = None) -> None:
        super().__init__()
        self.tokenizer = Tokenizer.read(folder / FILES[2])
        self.encoder_file = encoder or folder / FILES[0]
        self._encoder = open_session(self.encoder_file, threads)
        self._decoder = open_session(folder / FILES[1], threads)
        names = [f"{layer}.{{}}.{kind}" for layer in range(_LAYERS) for kind in ("key", "value")]
        self._own_past = ["past_key_values." + name.format("decoder") for name in names]
        self._cross_past = ["past_key_values." + name.format("encoder") for name in names]
        self._own_present = ["present." + name.format("decoder") for name in names]
        self._cross_present = ["present." + name.format("encoder") for name in names]

    def encode(self, sound: NDArray[np.float32]) -> Transcripts:
        """See TranscribingModel."""
        padded = np.pad(sound, (0, max(0, SHORTEST_SAMPLES - len(sound)))).astype(np.float32)[np.newaxis]
        mask = np.ones(padded.shape, np.int64)
        (hidden,) = self._encoder.run(None, {"input_values": padded, "attention_mask": mask})
        encoded = _Sound(mask, hidden)
        nothing = np.zeros((1, _HEADS, 0, _HEAD_SIZE), np.float32)
        given = dict.fromkeys(self._own_past + self._cross_past, nothing)
        outputs = ["logits", *self._own_present, *self._cross_present]
        logits, *kept = self._run(encoded, np.array([[BEGIN]]), given, outputs, has_past=False)
        own, cross = kept[: 2 * _LAYERS], kept[2 * _LAYERS :]
        return Transcripts(log_softmax(logits), tuple(own), _Sound(mask, hidden, tuple(cross)))

    def extend(self, transcripts: Transcripts, parents: NDArray[np.int64], tokens: NDArray[np.int64]) -> Transcripts:
        """See TranscribingModel."""
        sound = transcripts.sound  # a batch of one: the model's attention broadcasts it over the transcripts
        given = dict(zip(self._own_past, (past[parents] for past in transcripts.past), strict=True))
        given |= dict(zip(self._cross_past, sound.cross, strict=True))
        logits, *own = self._run(sound, tokens, given, ["logits", *self._own_present], has_past=True)
        return Transcripts(log_softmax(logits), tuple(own), sound)

    def _run(
        self,
        sound: _Sound,
        inputs: NDArray[np.int64],
        given: dict[str, NDArray[np.float32]],
        outputs: list[str],
        *,
        has_past: bool,
    ) -> list[NDArray[np.float32]]:
        feeds = given | {
            "input_ids": inputs,
            "encoder_hidden_states": sound.hidden,
            "encoder_attention_mask": sound.mask,
            "use_cache_branch": np.array([has_past]),
        }
        return list(self._decoder.run(outputs, feeds))


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Load a model's file. Raises FileNotFoundError, and ValueError when it is damaged."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it keeps what the longest run needed, 10 MB, and saves 3 % of the time
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if not path.is_file():
        raise FileNotFoundError(path)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own that share no public base
        message = f"{path.name} is damaged"
        raise ValueError(message) from error


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the logarithm of the softmax over the last axis; it is computed in place, to save memory."""
    logits -= logits.max(axis=-1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return logits
