"""The recogniser: its models, its table, and whether it understands what the voice says. Needs no microphone."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import EarsError, ModelError, MouthError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.ears.evidence import Witness
    from voice_coach.language.pack import LanguagePack

_SET_UP = "scripts/setup"
_SLOW_SECONDS = 1.0
"""To understand a sentence; a quarter of it is still lively."""
_LEAD_SECONDS = 0.5


def look_at_models(circumstances: Circumstances) -> Finding:
    """Whether the models that these settings need are here, and are what they were when they were installed."""
    from voice_coach.ears.engines import witness_names
    from voice_coach.models import find_vosk_model
    from voice_coach.models.seal import verify

    settings, texts = circumstances.settings, circumstances.texts
    try:
        names = witness_names(settings.engine, settings.language)
    except ModelError:
        remedy = f"voice-coach fetch-model {settings.language}" if find_spec("moonshine_voice") else _SET_UP
        return failure("models", texts.say("models.none"), remedy)
    except EarsError:
        meaning = texts.say("models.deaf", engine=settings.engine)
        return failure("models", meaning, texts.say("models.choose_engine"))
    vosk = find_vosk_model(settings.language) if "vosk" in names else None
    figures = {"engines": names, "vosk_folder": vosk and str(vosk)}
    if "moonshine" in names and (words := _trouble_with_moonshine(texts)):
        return failure("models", words, reinstall(), **figures)
    try:
        if vosk:
            verify(vosk)
    except ModelError as error:
        return failure(
            "models", texts.say("models.unusable", reason=error), _fetch_again(vosk, settings.language), **figures
        )
    engines = names[0] if len(names) == 1 else texts.say("models.and", one=names[0], other=names[1])
    return ok("models", texts.say("models.fine", engines=engines), **figures)


def look_at_calibration(circumstances: Circumstances) -> Finding:
    """Whether the table of the phrases is there; without it the next start takes as long as making it."""
    from voice_coach.ears.engines import has_table, witness_names

    settings, texts = circumstances.settings, circumstances.texts
    book = circumstances.pack.phrase_book
    figures = {"phrases": len(book.phrases)}
    try:
        names = witness_names(settings.engine, settings.language)
    except EarsError:
        return warning("calibration", texts.say("calibration.no_model"), "voice-coach doctor", **figures)
    if "moonshine" not in names:
        return ok("calibration", texts.say("calibration.not_needed"), **figures)
    if has_table(book):
        return ok("calibration", texts.say("calibration.fine", count=len(book.phrases)), **figures)
    return warning("calibration", texts.say("calibration.outdated"), "scripts/calibrate", **figures)


def look_at_recogniser(circumstances: Circumstances) -> Finding:
    """Whether the recogniser understands a sentence that the voice says."""
    from voice_coach.ears.engines import has_table, load_witnesses, witness_names

    settings, texts = circumstances.settings, circumstances.texts
    book = circumstances.pack.phrase_book
    text = texts.say("recogniser.sample")
    remedy = f"voice-coach fetch-model {settings.language}"
    try:
        names = witness_names(settings.engine, settings.language)
        remedy = reinstall() if "moonshine" in names else remedy
        if "moonshine" in names and not has_table(book):
            return warning("recogniser", texts.say("recogniser.uncalibrated"), "scripts/calibrate")
        sound = _spoken(text, circumstances.pack)
        began = time.monotonic()
        witnesses = load_witnesses(names, book, lambda _done, _of: None)
        loaded = time.monotonic()
        understood = _understood(sound, witnesses, book)
        seconds = time.monotonic() - loaded
    except MouthError:
        return warning("recogniser", texts.say("recogniser.no_voice"), "sudo apt install espeak-ng")
    except (EarsError, OSError) as error:
        meaning = texts.say("recogniser.unusable", reason=str(error).rstrip("."))
        return failure("recogniser", meaning, remedy)
    figures = {
        "engines": names, "said": text, "understood": understood, "load_seconds": round(loaded - began, 2),
        "decode_seconds": round(seconds, 3),
    }  # fmt: skip
    if book.by_text[text].intent not in {book.by_text[phrase].intent for phrase in understood}:
        meaning = texts.say("recogniser.heard_nothing", phrase=text)
        if understood:
            meaning = texts.say("recogniser.misheard", phrase=text, heard=understood[0])
        return failure("recogniser", meaning, remedy, **figures)
    if seconds > _SLOW_SECONDS:
        meaning = texts.say("recogniser.slow", phrase=text, seconds=f"{seconds:.1f}")
        return warning("recogniser", meaning, texts.say("check.close_programs"), **figures)
    meaning = texts.say("recogniser.fine", phrase=text, milliseconds=f"{seconds * 1000:.0f}")
    return ok("recogniser", meaning, **figures)


def _trouble_with_moonshine(texts: Sentences) -> str:
    """What is wrong with Moonshine's files, as a sentence; empty when nothing is."""
    from voice_coach.ears.closed_grammar.model import FILES
    from voice_coach.ears.engines import moonshine_folder
    from voice_coach.models.seal import damaged_files

    folder = moonshine_folder()
    missing = [name for name in FILES if not (folder / name).is_file() or not (folder / name).stat().st_size]
    damaged = [name for name in damaged_files(folder) if name in FILES and name not in missing]
    if missing:
        return texts.say("models.missing", files=", ".join(missing), folder=folder)
    if damaged:
        return texts.say("models.damaged", files=", ".join(damaged), folder=folder)
    return ""


def reinstall() -> str:
    """The command that brings the recogniser's model back."""
    import sys
    from importlib.metadata import PackageNotFoundError, version

    try:
        wanted = f"moonshine-voice=={version('moonshine-voice')}"
    except PackageNotFoundError:
        return _SET_UP
    return f"'{sys.executable}' -m pip install --force-reinstall --no-deps {wanted}"


def _fetch_again(folder: Path | None, language: str) -> str:
    return f"rm -r '{folder}' && voice-coach fetch-model {language}"


def _spoken(text: str, pack: LanguagePack) -> NDArray[np.float32]:
    """What the voice makes of a text, with a little silence around it, as the ears take it."""
    import numpy as np
    import soxr

    from voice_coach.ears.evidence import SAMPLE_RATE
    from voice_coach.mouth.synthesizers import EspeakVoice

    with EspeakVoice(pack) as voice:
        speech = voice.render(text, 165)
    sound = soxr.resample(speech.samples.astype(np.float32) / np.float32(32768.0), speech.rate, SAMPLE_RATE)
    return np.pad(sound, round(_LEAD_SECONDS * SAMPLE_RATE))


def _understood(sound: NDArray[np.float32], witnesses: list[Witness], book: PhraseBook) -> list[str]:
    from voice_coach.core.listening import listening_in
    from voice_coach.ears import hear_recording
    from voice_coach.ears.verdict import Accepted

    heard = hear_recording(sound, witnesses, book, listening_in("applying"))
    return [judged.verdict.phrase.text for judged in heard if isinstance(judged.verdict, Accepted)]
