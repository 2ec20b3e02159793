"""Teaches the encoder of the recogniser rooms, water and other noise; see scripts/adapt.

The encoder hears a disturbed sound and is asked for what the shipped encoder says of the clean one: the mean squared
error of the final hidden states, and what the decoder, which stays as it is, then says of right transcripts and of
rivals. Weights are rounded in training as they are in the file.
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
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from benches.common.speakers import TUNE
from benches.hearing.recordings import GivenRecordings
from scripts.encoder import examples
from scripts.encoder.decoder import log_probabilities, read_decoder
from scripts.encoder.examples import Batch, Corpus, Utterance
from scripts.encoder.export import write
from scripts.encoder.network import WIDTH, as_in_the_file, encode, read_weights
from voice_coach.ears.closed_grammar import SpeechModel
from voice_coach.ears.recognizers.registry import moonshine_folder
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

MODEL = Path(__file__).parents[2] / "models" / "encoder" / "en.onnx"
_RATE, _WARM_UP, _LAST_SHARE = 3e-4, 80, 0.03
"""The highest rate of learning, the steps until it is reached, and the share of it at the end."""
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
class Plan:
    """How much is done."""

    sentences: int = 4_000
    steps: int = 3_400
    seed: int = 1


SHORT = Plan(sentences=60, steps=24)
"""For scripts/adapt --check."""

_corpus: Corpus | None = None


def _begin(corpus: Corpus) -> None:
    global _corpus  # noqa: PLW0603 - each worker is given it once, not with every batch
    _corpus = corpus


def _made(seed: int, number: int, progress: float) -> Batch:
    assert _corpus is not None  # noqa: S101 - _begin ran
    return examples.batch(_corpus, seed, number, progress)


def gather(plan: Plan, data: Path | None, pool: ProcessPoolExecutor) -> Corpus:
    """Let the voices speak, and read the recordings of the tuning half."""
    texts = examples.sentences(plan.sentences)
    spoken = _each("sentences are spoken", pool.map(examples.spoken_by, range(len(texts)), texts, chunksize=8))
    given = GivenRecordings(data, TUNE)
    cut = examples.pieces(given.talk()) if given.talk() else []
    talk = _each("pieces of talk are transcribed", pool.map(examples.understood, cut, chunksize=8))
    words = _each("words are transcribed", pool.map(examples.understood, given.near_words(), chunksize=8))
    rivals = (*load_language("en").phrase_book.texts, *texts)
    return Corpus(tuple(spoken), tuple(talk or spoken), tuple(words or spoken), given.noises(), rivals)


def _each(done: str, several: Iterable[Utterance]) -> list[Utterance]:
    """The list of what is made, with a line of progress now and then."""
    made = []
    for one in several:
        made.append(one)
        if len(made) % 500 == 0:
            _tell(f"{len(made)} {done}")
    return made


def batches(pool: ProcessPoolExecutor, plan: Plan) -> Iterator[Batch]:
    """All batches of a training in their order, made some steps ahead."""
    waiting: deque[Future[Batch]] = deque()
    for number in range(plan.steps):
        waiting.append(pool.submit(_made, plan.seed, number, number / plan.steps))
        if len(waiting) > _AHEAD:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


class Training:
    """The weights, and how they are changed.

    Args:
        plan: how much is done.
        weights: the weights to start from.
        frequencies: of the rotations, which are not trained.
        decoder_weights: of the decoder, which is not trained either.
    """

    def __init__(
        self,
        plan: Plan,
        weights: Mapping[str, NDArray[np.float32]],
        frequencies: NDArray[np.float32],
        decoder_weights: Mapping[str, NDArray[np.float32]],
    ) -> None:
        self.weights: Any = {name: jnp.array(value) for name, value in weights.items()}
        rates = optax.warmup_cosine_decay_schedule(
            0, _RATE, min(_WARM_UP, plan.steps // 4), plan.steps, _RATE * _LAST_SHARE
        )
        optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rates))
        self._state: Any = optimiser.init(self.weights)

        decoder = {name: jnp.array(value) for name, value in decoder_weights.items()}

        def losses(weights: Any, batch: Any) -> Any:  # noqa: ANN401 - JAX's arrays
            hidden = encode(as_in_the_file(weights), frequencies, batch["heard"])
            error = (batch["weight"][..., None] * (hidden - batch["wanted"]) ** 2).sum()
            before, after = batch["tokens"][:, :-1], batch["tokens"][:, 1:]
            its = log_probabilities(decoder, frequencies, before, hidden)
            teacher = jnp.exp(log_probabilities(decoder, frequencies, before, batch["wanted"]))
            sure = _SURE * batch["is_right"][:, None]
            told = jnp.take_along_axis(its, after[..., None], axis=-1)[..., 0]
            surprise = -(1 - sure) * (teacher * its).sum(axis=-1) - sure * told
            counts = after != examples.PADDING
            return error / (batch["weight"].sum() * WIDTH), (surprise * counts).sum() / counts.sum()

        def loss(weights: Any, batch: Any) -> Any:  # noqa: ANN401 - as above
            error, surprise = losses(weights, batch)
            return _ERROR * error + surprise, (error, surprise)

        def step(weights: Any, state: Any, batch: Any) -> Any:  # noqa: ANN401 - as above
            (_, values), slopes = jax.value_and_grad(loss, has_aux=True)(weights, batch)
            changes, state = optimiser.update(slopes, state, weights)
            return optax.apply_updates(weights, changes), state, values

        self._losses = jax.jit(losses)
        self._step = jax.jit(step, donate_argnums=(0, 1))

    def learn(self, batch: Batch) -> tuple[float, float]:
        """Take one step; return the two losses before it."""
        self.weights, self._state, (error, surprise) = self._step(self.weights, self._state, vars(batch))
        return float(error), float(surprise)

    def losses_of(self, several: Sequence[Batch]) -> tuple[float, float]:
        """The mean losses of batches: squared error of the hidden states, and surprise in nats a token."""
        error, surprise = np.mean([self._losses(self.weights, vars(one)) for one in several], axis=0)
        return float(error), float(surprise)

    def plain_weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights as NumPy's arrays."""
        return {name: np.asarray(value) for name, value in self.weights.items()}


@dataclass(frozen=True)
class Figures:
    """What came of a training; each loss before and after it, of examples that were not trained with."""

    error: tuple[float, float]
    """Mean squared error of the hidden states."""
    surprise: tuple[float, float]
    """Nats a token of transcripts."""
    agreement: float
    """The correlation of what the file says with what the trained weights say."""
    plan: Plan
    minutes: float
    bytes: int

    @property
    def has_learned(self) -> bool:
        """Whether both losses fell and the file is what was trained."""
        has_fallen = all(after < before for before, after in (self.error, self.surprise))
        return has_fallen and self.agreement >= _AGREEMENT


def train(plan: Plan, data: Path | None, path: Path) -> Figures:
    """Train, and write the encoder to a file."""
    began = time.monotonic()
    weights, frequencies = read_weights(moonshine_folder() / "encoder_model.ort")
    training = Training(plan, weights, frequencies, read_decoder(moonshine_folder() / "decoder_model_merged.ort"))
    workers, context = os.cpu_count() or 1, get_context("spawn")
    with ProcessPoolExecutor(workers, context) as pool:
        corpus = gather(plan, data, pool)
    path.parent.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers, context, _begin, (corpus,)) as pool:
        unseen = list(pool.map(_made, [_SEED_OF_CHECK] * _CHECKED, range(_CHECKED), [1.0] * _CHECKED))
        before = training.losses_of(unseen)
        _tell(f"Of examples that are not trained with: {_told(before)}")
        _run(training, plan, batches(pool, plan), unseen)
    after = training.losses_of(unseen)
    write(training.plain_weights(), frequencies, path)
    return Figures(
        error=(before[0], after[0]),
        surprise=(before[1], after[1]),
        agreement=agreement(training.plain_weights(), frequencies, path, unseen),
        plan=plan,
        minutes=(time.monotonic() - began) / 60,
        bytes=path.stat().st_size,
    )


def _run(training: Training, plan: Plan, several: Iterable[Batch], unseen: Sequence[Batch]) -> None:
    last: deque[tuple[float, float]] = deque(maxlen=_TOLD)
    since = time.monotonic()
    for number, batch in enumerate(several, 1):
        last.append(training.learn(batch))
        if number % _TOLD == 0:
            seconds = (time.monotonic() - since) / number
            left = seconds * (plan.steps - number) / 60
            _tell(f"Step {number} of {plan.steps}: {_told(np.mean(last, axis=0))}; {left:.0f} minutes left")
        if number % (8 * _TOLD) == 0:
            _tell(f"Of examples that are not trained with: {_told(training.losses_of(unseen))}")


def _told(losses: Sequence[float] | NDArray[np.float64]) -> str:
    return f"error {losses[0]:.5f}, surprise {losses[1]:.4f}"


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
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--check", action="store_true", help="train for a minute only, and keep nothing of it")
    options = parser.parse_args()
    if options.data and not options.data.is_dir():
        parser.error(f"{options.data} is no folder; give the folder that holds speech_other, noise and words_near")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "en.onnx" if options.check else options.out
        figures = train(SHORT if options.check else Plan(steps=options.steps), options.data, path)
    print(json.dumps({**vars(figures), "plan": vars(figures.plan)}, indent=1))
    if figures.has_learned:
        return 0
    _tell("The training did not lower both losses, or the file does not say what was trained.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
