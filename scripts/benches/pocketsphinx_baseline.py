"""PocketSphinx with a plain grammar of all phrases: what the ears are measured against. It rejects nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pocketsphinx import Decoder

from voice_coach.ears.evidence import Candidate, Testimony

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class PocketSphinxWitness:
    """A Witness: best phrase of a JSGF grammar, with the acoustic model inside the package."""

    name = "pocketsphinx"

    def __init__(self, phrases: Sequence[str]) -> None:
        """Build the grammar; phrases with a word that the dictionary lacks are left out."""
        self._decoder = Decoder(lm=None, loglevel="FATAL")
        self.unknown_phrases = tuple(text for text in phrases if not all(map(self._decoder.lookup_word, text.split())))
        self._phrases = frozenset(phrases) - frozenset(self.unknown_phrases)
        rule = " | ".join(sorted(self._phrases))
        self._decoder.add_jsgf_string("phrases", f"#JSGF V1.0; grammar phrases; public <phrase> = {rule};")
        self._decoder.activate_search("phrases")
        self._is_running = False

    def begin(self, before: NDArray[np.float32]) -> None:  # noqa: ARG002  not needed
        """Forget everything: a new utterance follows."""
        self._end()
        self._decoder.start_utt()
        self._is_running = True

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance."""
        self._decoder.process_raw((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())

    def testify(self, *, is_final: bool) -> Testimony:
        """The phrase found, if it is a whole one."""
        if is_final:
            self._end()
        found = self._decoder.hyp()
        if found is None or found.hypstr not in self._phrases:
            return Testimony(self.name, (), has_scale=False)
        return Testimony(self.name, (Candidate(found.hypstr, 0.0),), has_scale=False)

    def close(self) -> None:
        """Free the model."""
        self._end()

    def _end(self) -> None:
        if self._is_running:
            self._decoder.end_utt()
            self._is_running = False
