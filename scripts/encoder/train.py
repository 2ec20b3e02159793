"""Teaches the encoder of the recogniser rooms, water and other noise; see scripts/adapt.

The encoder hears a disturbed sound and is asked for what the shipped encoder says of the clean one: the mean squared
error of the final hidden states, and what the decoder, which stays as it is, then says of right transcripts and of
rivals. Weights are rounded in training as they are in the file.

A second stage has more of what is easily confused (numbers, single words), and asks besides that the decoder prefers
what was said to its rival: the logarithm of a logistic function of their difference, as in discriminative training by
maximum mutual information (Bahl et al., "Maximum mutual information estimation of hidden Markov model parameters for
speech recognition", ICASSP 1986), here of two sentences.

The file has weighted means of the weights before and after training, which hear voices unlike those of the training
better than the trained ones do (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benches.common.speakers import TUNE
from benches.hearing.recordings import GivenRecordings
from scripts.encoder import confusable, examples
from scripts.encoder.decoder import log_probabilities, read_decoder
from scripts.encoder.examples import Batch, Corpus, Mixture, Utterance
from scripts.encoder.export import UnknownEncoderError, read_again, write
from scripts.encoder.network import WIDTH, as_in_the_file, encode, read_weights
from voice_coach.ears.closed_grammar import SpeechModel
from voice_coach.ears.recognizers.registry import moonshine_folder
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

MODEL = Path(__file__).parents[2] / "models" / "encoder" / "en.onnx"
_WARM_UP, _LAST_SHARE = 80, 0.03
"""The steps until the highest rate of learning is reached, and the share of it at the end."""
_ERROR = 20.0
"""Nats of surprise that a squared error of one is worth."""
_SURE = 0.5
"""How much a transcript that is known to be right counts, against what the shipped model says of the clean sound."""
_AHEAD = 8
"""Batches that are made in advance."""
_TOLD = 50
"""Steps between two lines of progress."""
_CHECKED = 6
"""Batches that are never trained with."""
_SEED_OF_CHECK = 1_000_003
_AGREEMENT = 0.999
"""The least correlation between the file, whose activations are rounded too, and the trained weights."""


@dataclass(frozen=True)
class Stage:
    """A part of the training."""

    steps: int
    rate: float
    """The highest rate of learning."""
    mixture: Mixture
    confusion: float = 0.0
    """Nats of surprise a token that a nat of preferring a rival to what was said is worth."""


@dataclass(frozen=True)
class Plan:
    """How much is done."""

    sentences: int = 4_000
    confusable: int = 2_000
    stages: tuple[Stage, ...] = (
        Stage(3_400, 3e-4, Mixture(disturbed=0.75, first_ratio=12.0)),
        Stage(1_000, 1e-4, Mixture(0.6, first_ratio=0.0, confusable=0.4, wrong=None), confusion=3.0),
    )
    trained_share: float = 0.7
    """The share of the trained weights in those of the file; the rest is of the published ones."""
    seed: int = 1


SHORT = Plan(60, 40, tuple(replace(stage, steps=24) for stage in Plan.stages))
"""For scripts/adapt --check."""

_corpus: Corpus | None = None


def _begin(corpus: Corpus) -> None:
    global _corpus  # noqa: PLW0603 - each worker is given it once, not with every batch
    _corpus = corpus


def _made(mixture: Mixture, seed: int, number: int, progress: float) -> Batch:
    assert _corpus is not None  # noqa: S101 - _begin ran
    return examples.batch(_corpus, mixture, seed, number, progress)


def gather(plan: Plan, data: Path | None, pool: ProcessPoolExecutor) -> Corpus:
    """Let the voices speak, and read the recordings of the tuning half."""
    texts = examples.sentences(plan.sentences)
    spoken = _each("sentences are spoken", pool.map(examples.spoken_by, range(len(texts)), texts, chunksize=8))
    drawn = [*confusable.with_numbers(plan.confusable // 2), *confusable.single_words(plan.confusable // 2)]
    said, heard_as = [one.text for one in drawn], [one.rivals for one in drawn]
    alike = _each(
        "confusable ones are spoken", pool.map(examples.spoken_by, range(len(drawn)), said, heard_as, chunksize=8)
    )
    given = GivenRecordings(data, TUNE)
    cut = examples.pieces(given.talk()) if given.talk() else []
    talk = _each("pieces of talk are transcribed", pool.map(examples.understood, cut, chunksize=8))
    words = _each("words are transcribed", pool.map(examples.understood, given.near_words(), chunksize=8))
    rivals = (*load_language("en").phrase_book.texts, *texts)
    return Corpus(tuple(spoken), tuple(talk or spoken), tuple(words or spoken), given.noises(), rivals, tuple(alike))


def _each(done: str, several: Iterable[Utterance]) -> list[Utterance]:
    """The list of what is made, with a line of progress now and then."""
    made = []
    for one in several:
        made.append(one)
        if len(made) % 500 == 0:
            _tell(f"{len(made)} {done}")
    return made


def batches(pool: ProcessPoolExecutor, stage: Stage, seed: int) -> Iterator[Batch]:
    """All batches of a stage in their order, made some steps ahead."""
    waiting: deque[Future[Batch]] = deque()
    for number in range(stage.steps):
        waiting.append(pool.submit(_made, stage.mixture, seed, number, number / stage.steps))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class Losses(NamedTuple):
    """What the training makes smaller."""

    error: float
    """Mean squared error of the hidden states."""
    surprise: float
    """Nats a token of transcripts."""
    confusion: float
    """Nats by which a rival is preferred to what was said, softly; 0 where examples have one transcript."""

    def __str__(self) -> str:
        return f"error {self.error:.5f}, surprise {self.surprise:.4f}, confusion {self.confusion:.4f}"


class Training:
    """The weights, and how a stage changes them.

    Args:
        stage: what is trained.
        weights: the weights to start from.
        frequencies: of the rotations, which are not trained.
        decoder_weights: of the decoder, which is not trained either.
    """

    def __init__(
        self,
        stage: Stage,
        weights: Mapping[str, NDArray[np.float32]],
        frequencies: NDArray[np.float32],
        decoder_weights: Mapping[str, NDArray[np.float32]],
    ) -> None:
        self.weights: Any = {name: jnp.array(value) for name, value in weights.items()}
        rates = optax.warmup_cosine_decay_schedule(
            0, stage.rate, min(_WARM_UP, stage.steps // 4), stage.steps, stage.rate * _LAST_SHARE
        )
        optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rates))
        self._state: Any = optimiser.init(self.weights)

        decoder = {name: jnp.array(value) for name, value in decoder_weights.items()}

        def losses(weights: Any, batch: Any) -> Any:  # noqa: ANN401 - JAX's arrays
            hidden = encode(as_in_the_file(weights), frequencies, batch["heard"])
            error = (batch["weight"][..., None] * (hidden - batch["wanted"]) ** 2).sum()
            count, transcripts, _length = batch["tokens"].shape
            tokens = batch["tokens"].reshape(count * transcripts, -1)
            before, after = tokens[:, :-1], tokens[:, 1:]
            its = log_probabilities(decoder, frequencies, before, jnp.repeat(hidden, transcripts, axis=0))
            wanted = jnp.repeat(batch["wanted"], transcripts, axis=0)
            teacher = jnp.exp(log_probabilities(decoder, frequencies, before, wanted))
            sure = _SURE * batch["is_right"].reshape(-1, 1)
            told = jnp.take_along_axis(its, after[..., None], axis=-1)[..., 0]
            counts = after != examples.PADDING
            surprise = -(1 - sure) * (teacher * its).sum(axis=-1) - sure * told
            return Losses(
                error / (batch["weight"].sum() * WIDTH),
                (surprise * counts).sum() / counts.sum(),
                _confusion((told * counts).sum(axis=-1).reshape(count, transcripts), batch["is_said"]),
            )

        def loss(weights: Any, batch: Any) -> Any:  # noqa: ANN401 - as above
            values = losses(weights, batch)
            return _asked(stage, values), values

        def step(weights: Any, state: Any, batch: Any) -> Any:  # noqa: ANN401 - as above
            (_, values), slopes = jax.value_and_grad(loss, has_aux=True)(weights, batch)
            changes, state = optimiser.update(slopes, state, weights)
            return optax.apply_updates(weights, changes), state, values

        self._losses = jax.jit(losses)
        self._step = jax.jit(step, donate_argnums=(0, 1))

    def learn(self, batch: Batch) -> Losses:
        """Take one step; return the losses before it."""
        self.weights, self._state, values = self._step(self.weights, self._state, vars(batch))
        return Losses(*map(float, values))

    def losses_of(self, several: Sequence[Batch]) -> Losses:
        """The mean losses of batches."""
        return _mean([Losses(*map(float, self._losses(self.weights, vars(one)))) for one in several])

    def plain_weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights as NumPy's arrays."""
        return {name: np.asarray(value) for name, value in self.weights.items()}


def _confusion(scores: Any, is_said: Any) -> Any:  # noqa: ANN401 - JAX's arrays
    """Return how much rivals are preferred to what was said.

    Args:
        scores: log-probabilities of whole transcripts, shape (examples, transcripts), what was said first.
        is_said: 1 for the examples that count, shape (examples,).
    """
    if scores.shape[1] == 1:
        return jnp.zeros(())
    preferred = jax.nn.softplus(scores[:, 1] - scores[:, 0])
    return (preferred * is_said).sum() / jnp.maximum(is_said.sum(), 1)


def _mean(several: Sequence[Losses]) -> Losses:
    return Losses(*map(float, np.mean(several, axis=0)))


@dataclass(frozen=True)
class Figures:
    """What came of a training; each loss before and after each stage, of examples that were not trained with."""

    losses: tuple[tuple[Losses, Losses], ...]
    agreement: float
    """The correlation of what the file says with what the trained weights say."""
    plan: Plan
    minutes: float
    bytes: int

    @property
    def has_learned(self) -> bool:
        """Whether each stage made smaller what it asks for, and the file is what was trained."""
        has_fallen = all(
            _asked(stage, after) < _asked(stage, before)
            for stage, (before, after) in zip(self.plan.stages, self.losses, strict=True)
        )
        return has_fallen and self.agreement >= _AGREEMENT


def _asked(stage: Stage, losses: Losses) -> float:
    """The one number that a stage makes smaller."""
    return _ERROR * losses.error + losses.surprise + stage.confusion * losses.confusion


def train(plan: Plan, data: Path | None, path: Path, first: Path | None = None) -> Figures:
    """Train, and write the encoder to a file.

    Args:
        plan: how much is done.
        data: recordings, as the hearing bench takes them.
        path: the file.
        first: an encoder that has been trained already, with which only the last stage goes on.
    """
    began = time.monotonic()
    published, frequencies = read_weights(moonshine_folder() / "encoder_model.ort")
    weights = published
    if first:
        plan = replace(plan, stages=plan.stages[-1:])
        weights = read_again(first, weights)
    decoder = read_decoder(moonshine_folder() / "decoder_model_merged.ort")
    workers, context = os.cpu_count() or 1, get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        corpus = gather(plan, data, pool)
    path.parent.mkdir(parents=True, exist_ok=True)
    losses = []
    with ProcessPoolExecutor(workers, context, _begin, (corpus,)) as pool:
        for stage in plan.stages:
            unseen = [pool.submit(_made, stage.mixture, _SEED_OF_CHECK, one, 1.0) for one in range(_CHECKED)]
            held_out = [one.result() for one in unseen]
            training = Training(stage, weights, frequencies, decoder)
            losses.append(_run(training, stage, batches(pool, stage, plan.seed), held_out))
            weights = training.plain_weights()
            write(weights, frequencies, path)
    mean = _mean_weights(published, weights, plan.trained_share)
    write(mean, frequencies, path)
    return Figures(
        losses=tuple(losses),
        agreement=agreement(mean, frequencies, path, held_out),
        plan=plan,
        minutes=(time.monotonic() - began) / 60,
        bytes=path.stat().st_size,
    )


def _mean_weights(
    published: Mapping[str, NDArray[np.float32]], trained: Mapping[str, NDArray[np.float32]], share: float
) -> dict[str, NDArray[np.float32]]:
    """The mean of two encoders' weights, of which the trained ones have a share."""
    return {name: (1 - share) * weight + share * trained[name] for name, weight in published.items()}


def _run(
    training: Training, stage: Stage, several: Iterable[Batch], held_out: Sequence[Batch]
) -> tuple[Losses, Losses]:
    """Train a stage; return the losses before and after it, of examples that are not trained with."""
    before = training.losses_of(held_out)
    _tell(f"Of examples that are not trained with: {before}")
    last: deque[Losses] = deque(maxlen=_TOLD)
    since = time.monotonic()
    for number, batch in enumerate(several, 1):
        last.append(training.learn(batch))
        if number % _TOLD == 0:
            seconds = (time.monotonic() - since) / number
            left = seconds * (stage.steps - number) / 60
            _tell(f"Step {number} of {stage.steps}: {_mean(last)}; {left:.0f} minutes left")
        if number % (8 * _TOLD) == 0:
            _tell(f"Of examples that are not trained with: {training.losses_of(held_out)}")
    return before, training.losses_of(held_out)


def agreement(
    weights: Mapping[str, NDArray[np.float32]], frequencies: NDArray[np.float32], path: Path, several: list[Batch]
) -> float:
    """The correlation of what the file says of sounds with what the trained weights say."""
    model = SpeechModel(moonshine_folder(), encoder=path)
    sounds = [batch.heard[0] for batch in several]
    mine = [np.asarray(encode(as_in_the_file(weights), frequencies, sound[None])).ravel() for sound in sounds]
    its = [model.listen(sound).sound.hidden.ravel() for sound in sounds]
    return float(np.corrcoef(np.concatenate(mine), np.concatenate(its))[0, 1])


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Train, or check that training works; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder of recordings, as the hearing bench takes it")
    parser.add_argument("--out", type=Path, default=MODEL, help="the file to write")
    parser.add_argument("--first", type=Path, help="an encoder that the first stage has made: only the last one runs")
    parser.add_argument("--check", action="store_true", help="train for a minute only, and keep nothing of it")
    options = parser.parse_args()
    if options.first and not options.first.is_file():
        parser.error(f"{options.first} is no file; give an encoder that scripts/adapt has made")
    if options.data and not options.data.is_dir():
        parser.error(f"{options.data} is no folder; give the folder that holds speech_other, noise and words_near")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "en.onnx" if options.check else options.out
        try:
            figures = train(SHORT if options.check else Plan(), options.data, path, options.first)
        except UnknownEncoderError as error:
            parser.error(str(error))
    print(json.dumps(asdict(figures), indent=1))
    if figures.has_learned:
        return 0
    _tell("The training did not lower the losses, or the file does not say what was trained.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
