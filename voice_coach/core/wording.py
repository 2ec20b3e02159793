"""Everything the coach says besides its steps: messages with gaps, which each language words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from voice_coach.core.document import Document
from voice_coach.core.gaps import mistake_in_gaps
from voice_coach.core.intents import SPECS, Intent
from voice_coach.core.phrase_book import phrases_document
from voice_coach.core.spoken_days import DayWords
from voice_coach.core.spoken_time import TimeWords, named_minutes
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from voice_coach.core.phrases import Phrase

_Words = TypeVar("_Words", TimeWords, DayWords)


class Message(Enum):
    """A sentence to say, or a note to show, that is no intent's `answer`; its value names it in the wording file."""

    GREETING = "greeting"
    GREETING_FIRST = "greeting_first"
    ASK_SKIN = "ask_skin"
    GREETING_AGAIN = "greeting_again"
    READY = "ready"
    NO_MASK_YET = "no_mask_yet"
    ENOUGH = "enough"
    ASK_SHORTER = "ask_shorter"
    MASK_CHOSEN = "mask_chosen"
    MASK_CHOSEN_OVERNIGHT = "mask_chosen_overnight"
    NO_SUCH_MASK = "no_such_mask"
    SKIN_CHOSEN = "skin_chosen"
    OPTIONAL = "optional"
    HOLD_OVERNIGHT = "hold_overnight"
    OVERNIGHT = "overnight"
    NO_COUNTDOWN = "no_countdown"
    ASK_GO_TO = "ask_go_to"
    ALREADY_THERE = "already_there"
    NO_SUCH_STEP = "no_such_step"
    SKIPPED = "skipped"
    CANNOT_SKIP = "cannot_skip"
    CLAIM = "claim"
    NO_MORE = "no_more"
    NO_REASON = "no_reason"
    FELT_GOOD = "felt_good"
    FELT_STUNG = "felt_stung"
    FELT_TIGHT = "felt_tight"
    FELT_DRY = "felt_dry"
    DAY = "day"
    EVENING = "evening"
    WHICH_ONE = "which_one"
    BEGIN = "begin"
    HOLD_BEGINS = "hold_begins"
    FIRST_STEP = "first_step"
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    PAUSED = "paused"
    ALREADY_PAUSED = "already_paused"
    NOT_PAUSED = "not_paused"
    RESUMED = "resumed"
    RESUMED_WITH_TIME = "resumed_with_time"
    LEFT = "left"
    HALF_OVER = "half_over"
    TIME_IS_UP = "time_is_up"
    TIME_TO_COME = "time_to_come"
    COUNTDOWN_NOT_BEGUN = "countdown_not_begun"
    COUNTDOWN_OVER = "countdown_over"
    NO_WAY_BACK_TO_HOLD = "no_way_back_to_hold"
    NEXT_IS = "next_is"
    FIRST_IS = "first_is"
    LAST_STEP = "last_step"
    ADDED = "added"
    ADDED_LESS = "added_less"
    CUT = "cut"
    ASK_TAKE_OFF = "ask_take_off"
    ASK_GO_BACK = "ask_go_back"
    ASK_START_OVER = "ask_start_over"
    ASK_QUIT = "ask_quit"
    ASK_HEARD_RIGHT = "ask_heard_right"
    ASK_STINGS = "ask_stings"
    WAS_INTERRUPTED = "was_interrupted"
    WAS_INTERRUPTED_HOLDING = "was_interrupted_holding"
    WAS_DAMAGED = "was_damaged"
    TIME_OVER_WHILE_AWAY = "time_over_while_away"
    TIME_OVER_ASLEEP = "time_over_asleep"
    ASK_HOW_LONG_ON = "ask_how_long_on"
    TIME_OVER = "time_over"
    SAFER_OFF = "safer_off"
    BROKEN_OFF = "broken_off"
    BROKEN_OFF_WITH_MASK = "broken_off_with_mask"
    TROUBLE_NO_MICROPHONE = "trouble_no_microphone"
    TROUBLE_SILENT_MICROPHONE = "trouble_silent_microphone"
    TROUBLE_CLIPPING_MICROPHONE = "trouble_clipping_microphone"
    TROUBLE_DAMAGED_NOTES = "trouble_damaged_notes"
    TROUBLE_UNREADABLE_NOTES = "trouble_unreadable_notes"
    TROUBLE_UNKEPT_NOTES = "trouble_unkept_notes"
    TROUBLE_DAMAGED_SETTINGS = "trouble_damaged_settings"
    DROPPED = "dropped"
    OFFER = "offer"
    PHRASE_OR_KEY = "phrase_or_key"
    NOTHING_CHANGED = "nothing_changed"
    STILL_HOLDING = "still_holding"
    LOUDEST = "loudest"
    QUIETEST = "quietest"
    FASTEST = "fastest"
    SLOWEST = "slowest"
    DONE = "done"
    EVENING_DONE = "evening_done"
    ALREADY_DONE = "already_done"
    GOODBYE = "goodbye"
    NOTE_NOT_STARTED = "note_not_started"
    NOTE_ALREADY_STARTED = "note_already_started"
    NOTE_ALREADY_PAUSED = "note_already_paused"
    NOTE_NOT_PAUSED = "note_not_paused"
    NOTE_COUNTDOWN_NOT_BEGUN = "note_countdown_not_begun"
    NOTE_COUNTDOWN_OVER = "note_countdown_over"
    NOTE_ALREADY_DONE = "note_already_done"
    NOTE_NOT_NOW = "note_not_now"
    NOTE_NO_QUESTION = "note_no_question"
    NOTE_NOTHING_HEARD = "note_nothing_heard"
    NOTE_TOO_LONG = "note_too_long"
    NOTE_UNCLEAR = "note_unclear"
    NOTE_HARDLY_HEARD = "note_hardly_heard"
    NOTE_TOO_SHORT = "note_too_short"
    NOTE_OWN_WORDS = "note_own_words"
    NOTE_AMBIGUOUS = "note_ambiguous"
    NOTE_NO_MICROPHONE = "note_no_microphone"
    NOTE_SILENT_MICROPHONE = "note_silent_microphone"
    NOTE_CLIPPING_MICROPHONE = "note_clipping_microphone"
    NOTE_NO_RECOGNISER = "note_no_recogniser"
    NOTE_NO_SPEAKER = "note_no_speaker"
    NOTE_DAMAGED_NOTES = "note_damaged_notes"
    NOTE_UNREADABLE_NOTES = "note_unreadable_notes"
    NOTE_UNKEPT_NOTES = "note_unkept_notes"
    NOTE_DAMAGED_SETTINGS = "note_damaged_settings"


GAPS: Mapping[Message, frozenset[str]] = {
    Message.ENOUGH: frozenset({"times"}),
    Message.ASK_SHORTER: frozenset({"time"}),
    Message.MASK_CHOSEN: frozenset({"name", "time", "claim"}),
    Message.MASK_CHOSEN_OVERNIGHT: frozenset({"name", "claim"}),
    Message.SKIN_CHOSEN: frozenset({"advice"}),
    Message.OPTIONAL: frozenset({"step"}),
    Message.HOLD_OVERNIGHT: frozenset({"step"}),
    Message.ASK_GO_TO: frozenset({"title"}),
    Message.ALREADY_THERE: frozenset({"title"}),
    Message.SKIPPED: frozenset({"title"}),
    Message.CANNOT_SKIP: frozenset({"title"}),
    Message.CLAIM: frozenset({"claim", "source"}),
    Message.WHICH_ONE: frozenset({"examples"}),
    Message.BEGIN: frozenset({"step"}),
    Message.HOLD_BEGINS: frozenset({"step", "time"}),
    Message.FIRST_STEP: frozenset({"step"}),
    Message.RESUMED: frozenset({"title"}),
    Message.RESUMED_WITH_TIME: frozenset({"left"}),
    Message.LEFT: frozenset({"left"}),
    Message.HALF_OVER: frozenset({"left"}),
    Message.TIME_TO_COME: frozenset({"time"}),
    Message.NEXT_IS: frozenset({"title"}),
    Message.FIRST_IS: frozenset({"title"}),
    Message.ADDED: frozenset({"time", "left"}),
    Message.ADDED_LESS: frozenset({"longest", "left"}),
    Message.CUT: frozenset({"time", "left"}),
    Message.ASK_TAKE_OFF: frozenset({"left"}),
    Message.ASK_HEARD_RIGHT: frozenset({"phrase"}),
    Message.WAS_INTERRUPTED: frozenset({"title"}),
    Message.WAS_INTERRUPTED_HOLDING: frozenset({"left"}),
    Message.WAS_DAMAGED: frozenset({"title"}),
    Message.TIME_OVER_ASLEEP: frozenset({"step"}),
    Message.TIME_OVER: frozenset({"step"}),
    Message.SAFER_OFF: frozenset({"step"}),
    Message.OFFER: frozenset({"way"}),
    Message.PHRASE_OR_KEY: frozenset({"phrase", "key"}),
    Message.STILL_HOLDING: frozenset({"left"}),
    Message.EVENING_DONE: frozenset({"evening"}),
    Message.NOTE_HARDLY_HEARD: frozenset({"way"}),
}
"""What a message tells; a wording that leaves it out would withhold it. Messages not listed tell nothing more."""

Sayable = Message | Intent
"""What can be worded: a message, or an intent by the sentence that answers it (`answer` of its spec)."""


def sayable() -> Iterator[Sayable]:
    """Everything that a wording must have."""
    yield from Message
    yield from (intent for intent, spec in SPECS.items() if spec.answer is not None)


def gaps_in(message: Sayable) -> frozenset[str]:
    """What it tells, so that its sentence must leave room for it."""
    return GAPS.get(message, frozenset()) if isinstance(message, Message) else frozenset(message.spec.answer or ())


@dataclass(frozen=True)
class Wording:
    """All messages in one language; complete, or it can't be built."""

    language: str
    sentences: Mapping[Sayable, str]
    phrases: Mapping[Intent, str]
    """The phrase that is suggested for an intent; every message may use it, as in {say_next}."""
    time: TimeWords
    days: DayWords

    def __post_init__(self) -> None:
        for intent in Intent:
            if not self.phrases.get(intent, "").strip():
                self._fail(f'suggests no phrase for "{intent.value}"', "add it in phrases.toml.")
        for message in sayable():
            if not self.sentences.get(message, "").strip():
                where = "under [sentences]" if isinstance(message, Message) else "as its answer in phrases.toml"
                self._fail(f'has no "{message.value}"', f"add it {where}.")
            self._check_gaps(message)

    def preferring(self, favourites: Iterable[Phrase]) -> Wording:
        """The same, but suggesting these wordings for what they mean."""
        return replace(self, phrases={**self.phrases, **{phrase.intent: phrase.text for phrase in favourites}})

    def say(self, message: Sayable, **gaps: str) -> str:
        """Word a message, its gaps filled; it begins with a capital letter."""
        return _begin_sentences(self.note(message, **gaps))

    def note(self, message: Sayable, **gaps: str) -> str:
        """The same as it stands: a note for the page, or a part of a sentence."""
        return self.sentences[message].format(**self._phrase_gaps, **gaps)

    @cached_property
    def _phrase_gaps(self) -> dict[str, str]:
        return {f"say_{intent.value}": phrase for intent, phrase in self.phrases.items()}

    def _check_gaps(self, message: Sayable) -> None:
        required = gaps_in(message)
        if mistake := mistake_in_gaps(self.sentences[message], required, self._phrase_gaps):
            what, remedy = mistake.split("; ")
            self._fail(f'has a sentence "{message.value}" that {what}', f"{remedy}.")

    def _fail(self, what: str, remedy: str) -> NoReturn:
        error = f'The wording of language "{self.language}" {what}; {remedy}'
        raise ContentError(error)


def parse_wording(document: Mapping[str, object], phrases: Mapping[str, object]) -> Wording:
    """Make the wording of a language from its parsed TOML documents.

    Args:
        document: `language` and the tables `sentences` (by message), `time` and `days`.
        phrases: the document of `parse_phrases`; each table `intents.<name>` has `suggested` (one of its wordings), and
            `answer` if the intent is answered by a sentence of its own.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    language = Document(document, "the wording").text("language")
    file = Document(document, f"the wording of language {language!r}")
    file.demand_known(("language", "sentences", "time", "days"))
    sentences = file.table("sentences")
    sentences.demand_known(message.value for message in Message)
    intents = phrases_document(phrases).table("intents")
    time_table = file.table("time")
    time = _words(TimeWords, time_table, ("numbers", "counts"), named=named_minutes(time_table))
    return Wording(
        language=language,
        sentences={**{message: sentences.text(message.value) for message in Message}, **_answers(intents)},
        phrases={intent: intents.table(intent.value).text("suggested") for intent in Intent},
        time=time,
        days=_words(DayWords, file.table("days"), ("weekdays",), numbers=time.numbers, counts=time.counts),
    )


def _answers(intents: Document) -> dict[Sayable, str]:
    """The sentences that answer intents.

    Raises:
        ContentError: one is missing, or one stands where nothing says it.
    """
    answers: dict[Sayable, str] = {}
    for intent, spec in SPECS.items():
        table = intents.table(intent.value)
        if spec.answer is not None:
            answers[intent] = table.text("answer")
        elif "answer" in table.content:
            raise ContentError(table.says("its answer is never said; remove it"))
    return answers


def _words(kind: type[_Words], table: Document, lists: tuple[str, ...], **given: object) -> _Words:
    """The words of one of the dataclasses, whose fields are texts, but for the lists."""
    names = {field.name for field in fields(kind)} - given.keys()
    table.demand_known(names | {"named"} & given.keys())
    names -= {"counts"} - table.content.keys()
    texts: dict[str, Any] = {name: table.texts(name) if name in lists else table.text(name) for name in names}
    texts |= given
    try:
        return kind(**texts)
    except ValueError as error:
        raise ContentError(table.says(str(error))) from error


def _begin_sentences(text: str) -> str:
    """Capitalise where a filled gap begins a sentence."""
    sentences = text.split(". ")
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)
