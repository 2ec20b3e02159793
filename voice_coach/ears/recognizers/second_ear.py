"""A second, independent model that is asked about utterances which the first one leaves unclear.

Whisper tiny.en has learned from other recordings than Moonshine, hears other features (a log-mel spectrum) and writes
other tokens. So what both hear is more likely right, and what only one hears more likely wrong. It scores the first
ear's hypotheses (n-best rescoring), and says what it would have written itself; `scripts/second-ear` makes its files.

Model: A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", arXiv:2212.04356.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.closed_grammar.speech_model import (
    Tokenizer,
    TranscribingModel,
    Transcripts,
    log_softmax,
    open_session,
)
from voice_coach.ears.recognizers.open_path import TranscriptBeam, listen_to_noise, log_probabilities, transcribe
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.language.normalization import WordGroups, plain_words, with_capital_i

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.recognizers.recognizer import Hypothesis
    from voice_coach.language.understanding import Understander

FILES = ENCODER, DECODER, ROWS, TOKENS = "encoder.onnx", "decoder.onnx", "rows.npy", "tokens.bin"
LAYERS, HEADS, HEAD_SIZE, WIDTH = 4, 6, 64, 384
_BEGIN = (50_257, 50_362)
"""The tokens that start a transcript in English without times."""
_END = 50_256
"""The token that ends a transcript; all above it stand for no text."""
_TOKENS = 51_864
"""Rows of the table that are of tokens; the rows of positions follow."""
BANDS = 80
_FFT, _HOP = 400, 160
_BEFORE, _AFTER = SAMPLE_RATE // 10, SAMPLE_RATE // 2
"""Samples of silence around an utterance. The model was trained with 30 s; less silence costs less time."""
_LONGEST = 9 * SAMPLE_RATE
"""Samples of the longest sound that is heard; of a longer one, the end."""
_RANGE = 8.0
"""Decades of power below the loudest at which the spectrum is cut off."""


class Whisper(TranscribingModel):
    """Whisper's encoder and decoder in ONNX Runtime, searched like `SpeechModel`.

    Args:
        folder: the folder with the files named in FILES.
        threads: the number of threads that one run may use.

    Raises:
        OSError: a file is missing.
        ValueError: a file is damaged.
    """

    end = _END

    def __init__(self, folder: Path, threads: int = 1) -> None:
        super().__init__()
        self.tokenizer = Tokenizer.read(folder / TOKENS, word_start=" ", specials=0)
        self._encoder = open_session(folder / ENCODER, threads)
        self._decoder = open_session(folder / DECODER, threads)
        self._rows: NDArray[np.float16] = np.load(folder / ROWS, mmap_mode="r")
        names = [f"{layer}.{kind}" for layer in range(LAYERS) for kind in ("key", "value")]
        self._past = [f"past.{name}" for name in names]
        self._cross = [f"cross.{name}" for name in names]
        self._present = [f"present.{name}" for name in names]

    def encode(self, sound: NDArray[np.float32]) -> Transcripts:
        """See TranscribingModel."""
        padded = np.pad(sound[-_LONGEST:], (_BEFORE, _AFTER))
        cross = tuple(self._encoder.run(self._cross, {"mel": log_mel(padded)[np.newaxis]}))
        nothing = np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32)
        empty = Transcripts(np.zeros((1, 0, 0), np.float32), (nothing,) * len(self._past), cross)
        return self.extend(empty, np.zeros(1, np.int64), np.array([_BEGIN]))

    def extend(self, transcripts: Transcripts, parents: NDArray[np.int64], tokens: NDArray[np.int64]) -> Transcripts:
        """See TranscribingModel."""
        begun, new = transcripts.past[0].shape[2], tokens.shape[1]
        embedded = self._rows[tokens] + self._rows[_TOKENS + begun : _TOKENS + begun + new].astype(np.float32)
        later = np.arange(begun + new) > np.arange(begun, begun + new)[:, np.newaxis]
        feeds = {"embedded": embedded, "mask": np.where(later, np.float32(-np.inf), np.float32(0))}
        feeds |= dict(zip(self._past, (past[parents] for past in transcripts.past), strict=True))
        feeds |= dict(zip(self._cross, transcripts.sound, strict=True))
        logits, *past = self._decoder.run(["logits", *self._present], feeds)
        steps = log_softmax(logits)
        steps[:, :, _END + 1 :] = -np.inf
        return Transcripts(steps, tuple(past), transcripts.sound)


def log_mel(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the spectrum that Whisper hears, shape (80, steps of 10 ms), of a sound of shape (samples,)."""
    padded = np.pad(sound, _FFT // 2, mode="reflect")
    steps = len(sound) // _HOP
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP][:steps]
    power = np.abs(np.fft.rfft(windows * np.hanning(_FFT + 1)[:-1])) ** 2
    # A product by BLAS would start a thread for each core in the coach, which spin for longer than this takes.
    bands = np.log10(np.maximum(np.einsum("bf,sf->bs", _bands(), power), 1e-10))
    return np.asarray((np.maximum(bands, bands.max() - _RANGE) + 4) / 4, np.float32)


@functools.cache
def _bands() -> NDArray[np.float64]:
    """Return the weights of the mel bands, shape (80, 201): triangles of equal area on Slaney's scale.

    The scale is linear below 1 kHz and logarithmic above it, 27 steps for a factor of 6.4 (M. Slaney, "Auditory
    Toolbox", Interval Research, technical report 1998-010).
    """
    knee, step = 15.0, np.log(6.4) / 27
    most = knee + np.log(SAMPLE_RATE / 2 / 1000) / step
    mels = np.linspace(0, most, BANDS + 2)
    edges = np.where(mels < knee, mels * 200 / 3, 1000 * np.exp((mels - knee) * step))
    frequencies = np.linspace(0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    below, centre, above = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    rising, falling = (frequencies - below) / (centre - below), (above - frequencies) / (above - centre)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (above - below))


@dataclass(frozen=True, slots=True)
class Rescoring:
    """How much the second ear counts for one kind of hypothesis.

    A logistic regression of right and wrong decisions gave the shares, on the tuning half of the recordings and on
    other people's talk; the costs were then chosen by what is taken for another command.
    """

    support: float
    """The share of its own likelihood ratio, of a text given the sound and given noise, that is added to a score."""
    rival: float
    """The share of the lead of what it would have written itself that is subtracted."""
    cost: float
    """Nats subtracted from the score, so that average support changes nothing."""


_LISTED = Rescoring(support=0.28, rival=0.19, cost=1.0)
_UNLISTED = Rescoring(support=0.55, rival=0.15, cost=5.5)
_LEAST_RATIO, _MOST_RATIO, _MOST_LEAD = -10.0, 12.0, 12.0
"""Nats between which its likelihood ratio counts, and the most nats of that lead which do."""
_FLOOR = -40.0
"""Nats: the least log-probability in noise that is used; rarer texts are all treated alike."""
_MOST_ASKED = 3
"""The most hypotheses that it is asked about, the best ones; it knows nothing for or against the others."""
_OWN_BEAM = TranscriptBeam(width=2)
_KNOWN_TEXTS = 4096
"""Texts whose probability in noise is kept."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The opinion of the second ear on a text."""

    ratio: float
    """Nats by which the text is more probable given the sound than in noise."""
    lead: float
    """Nats by which what it would have written itself is more probable than the text; 0.0 where nothing is."""


_NO_EVIDENCE = Evidence(0.0, 0.0)


def _added(one: Hypothesis, evidence: Evidence) -> float:
    """Return the nats that evidence adds to the score of a hypothesis."""
    how = _LISTED if one.phrase is None else _UNLISTED
    ratio = min(_MOST_RATIO, max(_LEAST_RATIO, evidence.ratio))
    return how.support * ratio - how.rival * min(_MOST_LEAD, evidence.lead) - how.cost


class SecondEar:
    """Scores the hypotheses of another recogniser again.

    Args:
        model: Whisper.
        understander: knows which texts are the same one ("I'm", "I am") and how numbers are written, since Whisper
            writes "10" for "ten"; None where any difference counts.
    """

    def __init__(self, model: Whisper, understander: Understander | None = None) -> None:
        self._model = model
        self._normal = understander.normaliser.normalise if understander else plain_words
        numbers = understander.numbers if understander else {}
        self._digits = WordGroups({words: str(value) for words, value in numbers.items()})
        self._noises = listen_to_noise(model)
        self._in_noise: dict[str, float] = {}

    def rescored(self, sound: NDArray[np.float32], hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Return hypotheses with what this ear makes of them in their scores, best first.

        Args:
            sound: the whole utterance, shape (samples,), -1...1, at SAMPLE_RATE.
            hypotheses: the hypotheses, best first.
        """
        evidence = self._evidence(sound, [one.text for one in hypotheses[:_MOST_ASKED]])
        pairs = zip(hypotheses, chain(evidence, repeat(_NO_EVIDENCE)), strict=False)
        scored = [replace(one, score=one.score + _added(one, opinion)) for one, opinion in pairs]
        return sorted(scored, key=lambda one: -one.score)

    def _evidence(self, sound: NDArray[np.float32], texts: Sequence[str]) -> list[Evidence]:
        heard = self._model.listen(sound)
        own = transcribe(self._model, sound, _OWN_BEAM)
        written = [(self._normal(self._model.tokenizer.decode(tokens)), score) for tokens, score in own]
        evidence = []
        for text, said in zip(texts, self._log_probabilities(heard, texts), strict=True):
            rivals = [score for other, score in written if other and other != self._normal(text)]
            ratio = said - max(_FLOOR, self._log_probability_in_noise(text))
            evidence.append(Evidence(ratio, max(0.0, max(rivals, default=-np.inf) - said)))
        return evidence

    def _log_probabilities(self, heard: Transcripts, texts: Sequence[str]) -> list[float]:
        """Return the log-probability of each text, summed over its spellings."""
        spelled = ([self._tokens(spelling) for spelling in self._spellings(text)] for text in texts)
        return [float(np.logaddexp.reduce(log_probabilities(self._model, heard, ways))) for ways in spelled]

    def _log_probability_in_noise(self, text: str) -> float:
        if text not in self._in_noise:
            if len(self._in_noise) >= _KNOWN_TEXTS:
                self._in_noise.clear()
            self._in_noise[text] = float(np.mean([self._log_probabilities(noise, [text]) for noise in self._noises]))
        return self._in_noise[text]

    def _spellings(self, text: str) -> tuple[str, ...]:
        """Return the ways in which Whisper may write a text."""
        plain = " ".join(map(with_capital_i, text.split()))
        ways = (plain, self._digits.replace(plain))
        sentences = [way[:1].upper() + way[1:] for way in ways]
        return tuple(dict.fromkeys([*(one + mark for one in sentences for mark in (".", "?", "")), *ways]))

    def _tokens(self, text: str) -> tuple[int, ...]:
        return tuple(token for word in text.split() for token in self._model.tokenizer.encode_word(word))
