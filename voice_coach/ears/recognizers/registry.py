"""Finds and loads the recognisers by name, and knows where their calibrations are kept."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from voice_coach import set_up_again
from voice_coach.errors import EarsError, ModelError
from voice_coach.language.normalization import with_capital_i
from voice_coach.models import find_vosk_model
from voice_coach.models.catalogue import model_folders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from voice_coach.ears.closed_grammar import Calibration, SpeechModel, TokenAutomaton
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.ears.recognizers.second_ear import SecondEar
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.language.understanding import Understander

    Progress = Callable[[int, int], None]
    LoadUnderstander = Callable[[], Understander]


_DIGITS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "fifteen": "15", "twenty": "20",
}  # fmt: skip


def spellings(phrases: Iterable[str], language: str) -> Mapping[str, tuple[str, ...]]:
    """Return other spellings of the words of phrases, by the word: "I'm" for "i'm", "5" for "five"; English only."""
    if language != "en":
        return {}
    words = {word for phrase in phrases for word in phrase.split()}
    return {word: found for word in sorted(words) if (found := _others(word))}


def _others(word: str) -> tuple[str, ...]:
    if (written := with_capital_i(word)) != word:
        return (written,)
    return (_DIGITS[word],) if word in _DIGITS else ()


MOONSHINE = "moonshine"
"""The engine with the encoder that was taught rooms and water (models/encoder), and with the second ear if that is
there."""
ALONE_MOONSHINE = "moonshine-alone"
"""The same without the second ear, for a machine with little memory."""
PUBLISHED_MOONSHINE = "moonshine-published"
"""The engine with the encoder as it was published, to be compared with."""
_MOONSHINES = (MOONSHINE, ALONE_MOONSHINE, PUBLISHED_MOONSHINE)
_MOONSHINE_LANGUAGES = frozenset({"en"})
_LAST_LATIN = 0x24F
"""The last code point of Unicode's block Latin Extended-B; later letters are not Latin."""
_TABLES = Path(__file__).parents[1] / "calibrations"
_ENCODERS = Path(__file__).parents[1] / "encoders"
_SECOND_EAR = "second-ear-en"
_LEAST_MEMORY = 1_700_000_000
"""Bytes of memory from which the second ear, which takes 85 MB, is loaded: a machine of 2 GB has a little less. Boards
with less memory have slower processors, too, and would take a second or two for it."""


def recognizer_names(engine: str, language: str) -> tuple[str, ...]:
    """Return the names of an engine's recognisers, first the one that names the phrase.

    Args:
        engine: one of voice_coach.models.ENGINES.
        language: the language of the phrases.

    Raises:
        EarsError: the engine cannot listen in this language.
        ModelError: the engine's model is not installed.
    """
    if engine in _MOONSHINES and language not in _MOONSHINE_LANGUAGES:
        message = f"Moonshine does not hear the language '{language}'. Use: --engine vosk"
        raise EarsError(message)
    has_vosk = find_vosk_model(language) is not None
    if engine in _MOONSHINES or (engine == "auto" and language in _MOONSHINE_LANGUAGES):
        moonshine_folder()
        if engine == "auto":
            return (MOONSHINE, "vosk") if has_vosk else (MOONSHINE,)
        return (engine,)
    if not has_vosk:
        message = (
            f"Vosk has no model for the language '{language}' yet. Get it with: voice-coach fetch-model {language}"
        )
        raise ModelError(message)
    return ("vosk",)


def listens_with_moonshine(names: tuple[str, ...]) -> bool:
    """Whether one of an engine's recognisers is Moonshine, with either encoder."""
    return any(name in _MOONSHINES for name in names)


def load_recognizers(
    names: tuple[str, ...], book: PhraseBook, on_progress: Progress, understander: LoadUnderstander | None = None
) -> list[Recognizer]:
    """Load recognisers, which takes up to a second each, and longer when phrases must be calibrated first.

    Args:
        names: names from `recognizer_names`.
        book: the phrases to listen for.
        on_progress: is called with the number of sounds that a calibration has done, and of all.
        understander: loads what finds the meaning of phrases that are not listed, which takes a second; None
            leaves that out. Vosk does without.

    Raises:
        ModelError: a model is missing or damaged.
    """
    try:
        return [
            _moonshine(book, on_progress, understander, name) if name in _MOONSHINES else _vosk(book) for name in names
        ]
    except ImportError as error:
        message = f"A recogniser's library can't be loaded ({error}). Run: {set_up_again()}"
        raise ModelError(message) from error


def words_unknown_to(engine: str, language: str, words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that a recogniser can never recognise; loads its model.

    Args:
        engine: Moonshine's, whose tokens spell anything in Latin letters, or "vosk", which has a vocabulary.
        language: the language of the words.
        words: words as they are written in phrases.

    Raises:
        ModelError: the model is missing or damaged.
    """
    if engine in _MOONSHINES:
        if language not in _MOONSHINE_LANGUAGES:
            return ()  # Moonshine does not listen in this language
        return tuple(word for word in words if max(map(ord, word), default=0) > _LAST_LATIN)
    from voice_coach.ears.recognizers.vosk import unknown_words  # noqa: PLC0415 - loads Kaldi

    path = find_vosk_model(language)
    return () if path is None else unknown_words(path, words)


def moonshine_folder() -> Path:
    """Return the folder of the model files in the package moonshine-voice. Raises ModelError when it is missing."""
    package = importlib.util.find_spec("moonshine_voice")
    if package is None or package.origin is None:
        needed = "The package moonshine-voice, which carries the recogniser's model,"
        message = f"{needed} is missing. Run: {set_up_again()}"
        raise ModelError(message)
    return Path(package.origin).with_name("assets") / "tiny-en"


def encoder_of(engine: str) -> Path:
    """Return the file of Moonshine's encoder: the adapted one, unless it was made for another model than is installed.

    An adapted encoder is named by the fingerprint of the encoder from which it was made, since the decoder and the
    tokeniser must be of the same model.

    Args:
        engine: one of Moonshine's; "moonshine-published" takes the installed model as it is.

    Raises:
        ModelError: the package is missing.
        OSError: the model cannot be read.
    """
    from voice_coach.ears.closed_grammar import fingerprint  # noqa: PLC0415 - loads onnxruntime
    from voice_coach.ears.closed_grammar.speech_model import FILES  # noqa: PLC0415 - the same

    published = moonshine_folder() / FILES[0]
    if engine == PUBLISHED_MOONSHINE:
        return published
    adapted = _ENCODERS / f"{hashlib.sha256(fingerprint(published)).hexdigest()[:16]}.onnx"
    return adapted if adapted.is_file() else published


def second_ear_folders() -> tuple[Path, ...]:
    """Return the folders in which the second ear's model may be, the first one for a new model."""
    return tuple(folder / _SECOND_EAR for folder in model_folders())


def find_second_ear() -> Path | None:
    """Return the folder of the second ear's model; None where there is none."""
    return next((folder for folder in second_ear_folders() if folder.is_dir()), None)


def shipped_table(language: str) -> Path:
    """Return the file of the calibration of a language's shipped phrases."""
    return _TABLES / f"{language}.npz"


def misheard_table(language: str) -> Path:
    """Return the file of the confusions of a language's Vosk model; it exists only if they were learned."""
    return _TABLES / f"{language}-misheard.npz"


def kept_table(key: str) -> Path:
    """Return the file in which the calibration of other phrases is kept once it has been made."""
    return user_cache_path("voice-coach") / "calibrations" / f"{key[:16]}.npz"


def has_table(book: PhraseBook, engine: str = MOONSHINE) -> bool:
    """Whether the phrases are already calibrated, so that the ears load in a second. Raises ModelError, OSError."""
    from voice_coach.ears.closed_grammar.calibration import is_made_for  # noqa: PLC0415 - loads onnxruntime

    key = table_key(book, encoder_of(engine))
    return any(is_made_for(path, key) for path in (shipped_table(book.language), kept_table(key)))


def table_key(book: PhraseBook, encoder: Path | None = None) -> str:
    """Return the key of the calibration that fits a phrase book and Moonshine's model.

    Args:
        book: the phrases.
        encoder: the file of the model's encoder; None for that of the engine "moonshine".

    Raises:
        ModelError: the model is missing.
        OSError: it cannot be read.
    """
    from voice_coach.ears.closed_grammar import key_of  # noqa: PLC0415 - loads onnxruntime

    encoder = encoder or encoder_of(MOONSHINE)
    return key_of(moonshine_folder(), book.texts, spellings(book.texts, book.language), encoder)


def _moonshine(
    book: PhraseBook, on_progress: Progress, understander: LoadUnderstander | None, engine: str
) -> Recognizer:
    from voice_coach.ears.closed_grammar import Decoder  # noqa: PLC0415 - loads onnxruntime
    from voice_coach.ears.recognizers.moonshine import (  # noqa: PLC0415 - the same
        AUGMENTATIONS,
        MoonshineRecognizer,
    )
    from voice_coach.ears.recognizers.open_path import OpenPath  # noqa: PLC0415 - the same

    model, automaton = model_and_automaton(book, engine)
    decoder = Decoder(model, automaton, _calibration(model, automaton, book, on_progress))
    words = understander() if understander else None
    open_path = OpenPath(model, words, book) if words else None
    second_ear = _second_ear(words) if engine == MOONSHINE else None
    return MoonshineRecognizer(decoder, AUGMENTATIONS, open_path, second_ear)


def _second_ear(understander: Understander | None) -> SecondEar | None:
    """Load the second ear where its model is and memory is not short; None elsewhere, also where it is damaged."""
    from voice_coach.ears.recognizers.second_ear import SecondEar, Whisper  # noqa: PLC0415 - loads onnxruntime

    folder = find_second_ear()
    if folder is None or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") < _LEAST_MEMORY:
        return None
    try:
        return SecondEar(Whisper(folder), understander)
    except (OSError, ValueError):
        return None  # `voice-coach doctor` says so


def model_and_automaton(book: PhraseBook, engine: str = MOONSHINE) -> tuple[SpeechModel, TokenAutomaton]:
    """Load Moonshine's model, and make the automaton of a phrase book. Raises ModelError."""
    model = load_speech_model(engine)
    return model, _automaton(book.texts, book, model)


def _automaton(texts: Iterable[str], book: PhraseBook, model: SpeechModel) -> TokenAutomaton:
    """Make the automaton of some phrases of a book."""
    from voice_coach.ears.closed_grammar import Grammar, TokenAutomaton  # noqa: PLC0415 - loads onnxruntime

    return TokenAutomaton(Grammar.of_phrases(texts), model.tokenizer, spellings(book.texts, book.language))


def load_speech_model(engine: str = MOONSHINE) -> SpeechModel:
    """Load Moonshine's model to run on one thread. Raises ModelError."""
    from voice_coach.ears.closed_grammar import SpeechModel  # noqa: PLC0415 - loads onnxruntime

    try:
        return SpeechModel(moonshine_folder(), encoder=encoder_of(engine))
    except (OSError, ValueError) as error:
        message = f"Moonshine's model can't be read ({error}). Run: {set_up_again()}"
        raise ModelError(message) from error


def _calibration(model: SpeechModel, automaton: TokenAutomaton, book: PhraseBook, on_progress: Progress) -> Calibration:
    from voice_coach.ears.closed_grammar import load  # noqa: PLC0415 - loads onnxruntime

    key = table_key(book, model.encoder_file)
    cached = kept_table(key)
    for path in (shipped_table(book.language), cached):
        if (known := load(path, key, automaton)) is not None:
            return known
    made = calibration_of(model, automaton, book, on_progress)
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        made.save(cached, key)
    except OSError:
        pass  # a disk that can't be written costs the next start time, nothing else
    return made


def calibration_of(
    model: SpeechModel, automaton: TokenAutomaton, book: PhraseBook, on_progress: Progress
) -> Calibration:
    """Calibrate a phrase book; if it extends the shipped one, only its further phrases are calibrated.

    Args:
        model: Moonshine's model.
        automaton: the automaton of the book.
        book: the phrases.
        on_progress: is called with the number of sounds that are done, and of all.
    """
    from voice_coach.ears.closed_grammar import calibrate, joined  # noqa: PLC0415 - loads onnxruntime

    shipped = book.shipped
    if shipped is None:
        return calibrate(model, automaton, on_progress)
    added = tuple(text for text in book.texts if text not in shipped.by_text)
    if not added or len(shipped.texts) + len(added) != len(book.texts):
        return calibrate(model, automaton, on_progress)
    known = _automaton(shipped.texts, shipped, model)
    new = _automaton(added, book, model)
    parts = (
        (known, _calibration(model, known, shipped, on_progress)),
        (new, calibrate(model, new, on_progress)),
    )
    return joined(automaton, parts)


def _vosk(book: PhraseBook) -> Recognizer:
    try:
        from voice_coach.ears.recognizers.vosk import VoskRecognizer  # noqa: PLC0415 - loads Kaldi
    except OSError as error:  # a library that it needs, such as libatomic
        raise ImportError(error) from error
    path = find_vosk_model(book.language)
    if path is None:
        message = f"Vosk's model for '{book.language}' is gone. Get it with: voice-coach fetch-model {book.language}"
        raise ModelError(message)
    misheard = misheard_table(book.language)
    return VoskRecognizer(path, book.texts, misheard if misheard.is_file() else None)
