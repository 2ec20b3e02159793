"""Checks of the recognisers, their models and the voice."""

from __future__ import annotations

import shlex
import time
from contextlib import closing
from importlib.util import find_spec
from typing import TYPE_CHECKING

from voice_coach import reinstall, set_up_again
from voice_coach.doctor.finding import failure, ok, warning
from voice_coach.errors import EarsError, ModelError, MouthError, NoVoiceError
from voice_coach.models.catalogue import NATURAL_PACKAGE, STANDARD, speaks, voice_for

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.doctor.finding import CheckContext, Finding
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.phrases import Phrase, PhraseBook
    from voice_coach.language.wording import Sentences
    from voice_coach.memory.settings import Settings


_CALIBRATE = "voice-coach start"
"""A start calibrates the phrases that are not yet, also those of a person's own routine."""
_SLOW_DECODE_SECONDS = 1.0
"""Seconds to understand one sentence, above which the recogniser is reported as slow."""
_PADDING_SECONDS = 0.5
"""Seconds of silence before and after the sentence that the recogniser is given."""


def check_models(circumstances: CheckContext) -> Finding:
    """Check that the speech models named by the settings are installed and unchanged since then."""
    from voice_coach.ears.recognizers.registry import (
        MOONSHINE,
        find_second_ear,
        listens_with_moonshine,
        recognizer_names,
    )
    from voice_coach.models import find_vosk_model
    from voice_coach.models.integrity import unlike_seal, verify

    settings, texts = circumstances.settings, circumstances.texts
    try:
        names = recognizer_names(settings.engine, settings.language)
    except ModelError:
        remedy = f"voice-coach fetch-model {settings.language}" if find_spec("moonshine_voice") else set_up_again()
        return failure("models", texts.say("models.none"), remedy)
    except EarsError:
        meaning = texts.say("models.deaf", engine=settings.engine)
        return failure("models", meaning, texts.say("models.choose_engine"))
    vosk = find_vosk_model(settings.language) if "vosk" in names else None
    figures = {"engines": names, "vosk_folder": vosk and str(vosk)}
    if listens_with_moonshine(names) and (words := _fault_in_moonshine(texts)):
        return failure("models", words, reinstall_remedy(), **figures)
    try:
        if vosk:
            verify(vosk)
    except ModelError as error:
        return failure(
            "models", texts.say("models.unusable", reason=error), _fetch_again(vosk, settings.language), **figures
        )
    if MOONSHINE in names and (folder := find_second_ear()) and (damaged := unlike_seal(folder)):
        meaning = texts.say("models.second_ear_damaged", files=", ".join(damaged), folder=folder)
        return warning("models", meaning, f"rm -r {shlex.quote(str(folder))} && {set_up_again()}", **figures)
    engines = names[0] if len(names) == 1 else texts.say("models.and", one=names[0], other=names[1])
    return ok("models", texts.say("models.fine", engines=engines), **figures)


def check_calibration(circumstances: CheckContext) -> Finding:
    """Check that the calibration table of the phrases exists; without it, the next start has to compute it first."""
    from voice_coach.ears.recognizers.registry import has_table, listens_with_moonshine, recognizer_names

    settings, texts = circumstances.settings, circumstances.texts
    book = circumstances.pack.phrase_book
    figures = {"phrases": len(book.phrases)}
    try:
        names = recognizer_names(settings.engine, settings.language)
    except EarsError:
        remedy = texts.say("calibration.repair_models")
        return warning("calibration", texts.say("calibration.no_model"), remedy, **figures)
    if not listens_with_moonshine(names):
        return ok("calibration", texts.say("calibration.not_needed"), **figures)
    if has_table(book, names[0]):
        return ok("calibration", texts.say("calibration.fine", count=len(book.phrases)), **figures)
    return warning("calibration", texts.say("calibration.outdated"), _CALIBRATE, **figures)


def check_recognizer(circumstances: CheckContext) -> Finding:
    """Check that the recogniser understands a sentence spoken by eSpeak NG, and how fast."""
    from voice_coach.ears.recognizers.registry import (
        has_table,
        listens_with_moonshine,
        load_recognizers,
        recognizer_names,
    )

    settings, texts = circumstances.settings, circumstances.texts
    book = circumstances.pack.phrase_book
    text = texts.say("recogniser.sample")
    remedy = f"voice-coach fetch-model {settings.language}"
    try:
        names = recognizer_names(settings.engine, settings.language)
        remedy = reinstall_remedy() if listens_with_moonshine(names) else remedy
        if listens_with_moonshine(names) and not has_table(book, names[0]):
            return warning("recogniser", texts.say("recogniser.uncalibrated"), _CALIBRATE)
        sound = _spoken(text, circumstances.pack)
        began = time.monotonic()
        recognizers = load_recognizers(names, book, lambda _done, _of: None, lambda: circumstances.pack.understander)
        loaded = time.monotonic()
        understood = _understood(sound, recognizers, book)
        seconds = time.monotonic() - loaded
    except MouthError:
        return warning("recogniser", texts.say("recogniser.no_voice"), "sudo apt install espeak-ng")
    except (EarsError, OSError) as error:
        meaning = texts.say("recogniser.unusable", reason=str(error).rstrip("."))
        return failure("recogniser", meaning, remedy)
    figures = {
        "engines": names, "said": text, "understood": [phrase.text for phrase in understood],
        "load_seconds": round(loaded - began, 2), "decode_seconds": round(seconds, 3),
    }  # fmt: skip
    if book.by_text[text].intent not in {phrase.intent for phrase in understood}:
        meaning = texts.say("recogniser.heard_nothing", phrase=text)
        if understood:
            meaning = texts.say("recogniser.misheard", phrase=text, heard=understood[0].text)
        return failure("recogniser", meaning, remedy, **figures)
    if seconds > _SLOW_DECODE_SECONDS:
        meaning = texts.say("recogniser.slow", phrase=text, seconds=f"{seconds:.1f}")
        return warning("recogniser", meaning, texts.say("check.close_programs"), **figures)
    meaning = texts.say("recogniser.fine", phrase=text, milliseconds=f"{seconds * 1000:.0f}")
    return ok("recogniser", meaning, **figures)


def _fault_in_moonshine(texts: Sentences) -> str:
    """Return a sentence that names Moonshine's missing or damaged files; empty when all are intact."""
    from voice_coach.ears.closed_grammar.speech_model import FILES
    from voice_coach.ears.recognizers.registry import moonshine_folder
    from voice_coach.models.integrity import damaged_files

    folder = moonshine_folder()
    missing = [name for name in FILES if not (folder / name).is_file() or not (folder / name).stat().st_size]
    damaged = [name for name in damaged_files(folder) if name in FILES and name not in missing]
    if missing:
        return texts.say("models.missing", files=", ".join(missing), folder=folder)
    if damaged:
        return texts.say("models.damaged", files=", ".join(damaged), folder=folder)
    return ""


def reinstall_remedy() -> str:
    """Return the command that reinstalls the Moonshine package with its model."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        wanted = f"moonshine-voice=={version('moonshine-voice')}"
    except PackageNotFoundError:
        return set_up_again()
    return reinstall(wanted)


def _fetch_again(folder: Path | None, language: str) -> str:
    return f"rm -r '{folder}' && voice-coach fetch-model {language}"


def _spoken(text: str, pack: LanguagePack) -> NDArray[np.float32]:
    """Return a text spoken by eSpeak NG, at the recognisers' sample rate and with silence before and after it."""
    import numpy as np
    import soxr

    from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
    from voice_coach.mouth.synthesizers import EspeakVoice

    with EspeakVoice(pack) as voice:
        speech = voice.render(text, 165)
    sound = soxr.resample(speech.samples.astype(np.float32) / np.float32(32768.0), speech.rate, SAMPLE_RATE)
    return np.pad(sound, round(_PADDING_SECONDS * SAMPLE_RATE))


def _understood(sound: NDArray[np.float32], recognizers: list[Recognizer], book: PhraseBook) -> list[Phrase]:
    from voice_coach.ears import hear_recording
    from voice_coach.ears.rejection import Accepted
    from voice_coach.session.listening import listening_in

    heard = hear_recording(sound, recognizers, book, listening_in("applying"))
    return [judged.decision.phrase for judged in heard if isinstance(judged.decision, Accepted)]


REINSTALL_VOICE = "sudo apt install --reinstall espeak-ng libespeak-ng1 espeak-ng-data"
_SLOW_VOICE_SECONDS = 1.0
"""Seconds to synthesize one sentence, above which the voice is reported as slow."""


def check_voice(circumstances: CheckContext) -> Finding:
    """Check that the voice of the settings can synthesize a sentence, and how fast; and that another can stand in."""
    from voice_coach.mouth.synthesizers import EspeakVoice, FallbackVoice, open_voice

    settings, texts = circumstances.settings, circumstances.texts
    try:
        voice, fallback_notice = open_voice(settings.voice, circumstances.pack)
        with closing(voice):
            began = time.monotonic()
            speech = voice.render(texts.say("voice.sample"), settings.words_per_minute)
            seconds = time.monotonic() - began
            figures = {"voice": voice.name, "version": voice.version, "render_seconds": round(seconds, 3)}
    except MouthError as error:
        return failure("voice", texts.say("voice.unusable", reason=error), _remedy(error, texts))
    if not speech.samples.any():
        return failure("voice", texts.say("voice.silent", voice=figures["voice"]), REINSTALL_VOICE, **figures)
    if fallback_notice:
        return warning("voice", fallback_notice, _use_standard_or_mend(settings), **figures)
    if seconds > _SLOW_VOICE_SECONDS:
        meaning = texts.say("voice.slow", seconds=f"{seconds:.1f}")
        return warning("voice", meaning, texts.say("check.close_programs"), **figures)
    if isinstance(voice, FallbackVoice):
        try:
            EspeakVoice(circumstances.pack).close()
        except MouthError as error:
            meaning = texts.say("voice.no_stand_in", voice=voice.name, reason=error)
            return warning("voice", meaning, _remedy(error, texts), **figures)
    milliseconds = f"{seconds * 1000:.0f}"
    meaning = texts.say("voice.fine", voice=voice.name, milliseconds=milliseconds, version=voice.version)
    return ok("voice", meaning, **figures)


def _remedy(error: MouthError, texts: Sentences) -> str:
    remedies = {"package": set_up_again(), "memory": texts.say("check.close_programs")}
    return remedies.get(error.fault, REINSTALL_VOICE) if isinstance(error, NoVoiceError) else REINSTALL_VOICE


def _use_standard_or_mend(settings: Settings) -> str:
    if not speaks(voice_for(settings.voice, settings.language), settings.language):
        return f"voice-coach voices use {STANDARD}"
    return reinstall(NATURAL_PACKAGE)
