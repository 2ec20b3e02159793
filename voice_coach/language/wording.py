"""Everything that the coach says in one language, as sentences with placeholders."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from voice_coach.language.intents import SPECS, Intent
from voice_coach.language.phrases import SUGGESTED, phrases_document
from voice_coach.language.spoken_times import DAY_WORDS, TIME_WORDS, DayWords, TimeWords
from voice_coach.schema import Array, Field, Table, Template, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.schema import Document

    Placeholders = Mapping[str, Mapping[str, str]]
    """The placeholders of each sentence, separated by spaces, by the sentence's table and name."""
    from collections.abc import Iterable, Iterator, Mapping

    from voice_coach.language.phrases import Phrase


@dataclass(frozen=True, slots=True)
class Sentences:
    """All sentences of a content file."""

    texts: Mapping[str, str]
    """The sentences by their table and name, joined by a dot."""

    def say(self, name: str, /, **values: object) -> str:
        """Return a sentence with its placeholders filled in."""
        return self.texts[name].format(**values)


def sentences_schema(placeholders: Placeholders, **others: Field) -> Table:
    """Return the schema of a content file of sentences.

    Args:
        placeholders: the placeholders of every sentence that the file must have.
        others: the fields of the file that are no tables of sentences.
    """
    tables = {
        title: Table(
            {name: Field(Template(frozenset(names.split())), is_required=True) for name, names in table.items()}
        )
        for title, table in placeholders.items()
    }
    return Table(
        {"language": Field(Text(2), is_required=True), **others}
        | {title: Field(table, is_required=True) for title, table in tables.items()}
    )


def read_sentences(file: Document, placeholders: Placeholders) -> Sentences:
    """Read the sentences of a file that was checked by a schema of `sentences_schema`."""
    return Sentences(
        {f"{title}.{name}": file.table(title).text(name) for title, table in placeholders.items() for name in table}
    )


class Message(Enum):
    """A sentence to say or a note to show, other than the answers of intents; its value is its name in wording.toml."""

    GREETING = "greeting"
    GREETING_FIRST = "greeting_first"
    ASK_SKIN = "ask_skin"
    GREETING_AGAIN = "greeting_again"
    INTRODUCTION = "introduction"
    INTRODUCTION_LANGUAGE = "introduction_language"
    INTRODUCTION_SKIN = "introduction_skin"
    READY = "ready"
    NO_MASK_YET = "no_mask_yet"
    ENOUGH = "enough"
    ASK_SHORTER = "ask_shorter"
    ASK_ANOTHER = "ask_another"
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
    BEGIN_AND_TEACH = "begin_and_teach"
    NUDGE = "nudge"
    HOLD_BEGINS = "hold_begins"
    FIRST_STEP = "first_step"
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    TIMER_SET = "timer_set"
    TIMER_SET_ALONE = "timer_set_alone"
    TIMER_OF = "timer_of"
    TIMER_HOW_LONG = "timer_how_long"
    TIMER_TIME_LEFT = "timer_time_left"
    TIMER_NONE = "timer_none"
    TIMER_NO_SUCH = "timer_no_such"
    TIMER_STOPPED = "timer_stopped"
    TIMER_STOP_ALL = "timer_stop_all"
    TIMER_OVER = "timer_over"
    TIMER_TOO_MANY = "timer_too_many"
    TIMER_TOO_LONG = "timer_too_long"
    PERSON_IS = "person_is"
    PERSON_CHANGES = "person_changes"
    PERSON_LATER = "person_later"
    LANGUAGE_IS = "language_is"
    LANGUAGE_CHANGES = "language_changes"
    NO_SUCH_LANGUAGE = "no_such_language"
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
    ASK_BETTER = "ask_better"
    NOT_BETTER = "not_better"
    EASED = "eased"
    EASED_WITHOUT_MASK = "eased_without_mask"
    EASED_AND_ON = "eased_and_on"
    WAS_INTERRUPTED = "was_interrupted"
    WAS_INTERRUPTED_HOLDING = "was_interrupted_holding"
    WAS_DAMAGED = "was_damaged"
    TIME_OVER_WHILE_AWAY = "time_over_while_away"
    ASK_HOW_LONG_ON = "ask_how_long_on"
    TIME_OVER_ASLEEP = "time_over_asleep"
    TIME_OVER = "time_over"
    ON_FOR_SO_LONG = "on_for_so_long"
    SAFER_OFF = "safer_off"
    BROKEN_OFF = "broken_off"
    BROKEN_OFF_WITH_MASK = "broken_off_with_mask"
    FAULT_NO_MICROPHONE = "fault_no_microphone"
    FAULT_SILENT_MICROPHONE = "fault_silent_microphone"
    FAULT_CLIPPING_MICROPHONE = "fault_clipping_microphone"
    FAULT_DAMAGED_NOTES = "fault_damaged_notes"
    FAULT_UNREADABLE_NOTES = "fault_unreadable_notes"
    FAULT_UNKEPT_NOTES = "fault_unkept_notes"
    FAULT_DAMAGED_SETTINGS = "fault_damaged_settings"
    HEARS_NOW = "hears_now"
    DROPPED = "dropped"
    OFFER = "offer"
    PHRASE_OR_KEY = "phrase_or_key"
    PHRASE_ALONE = "phrase_alone"
    NOTHING_CHANGED = "nothing_changed"
    STILL_HOLDING = "still_holding"
    LOUDEST = "loudest"
    QUIETEST = "quietest"
    FASTEST = "fastest"
    SLOWEST = "slowest"
    DONE = "done"
    EVENING_DONE = "evening_done"
    DONE_GENTLY = "done_gently"
    ASK_FEELING = "ask_feeling"
    ALREADY_DONE = "already_done"
    GOODBYE = "goodbye"
    NOTE_PAIN = "note_pain"
    NOTE_ON_FOR = "note_on_for"
    NOTE_OVERNIGHT = "note_overnight"
    NOTE_SKIN_DRY = "note_skin_dry"
    NOTE_SKIN_OILY = "note_skin_oily"
    NOTE_SKIN_COMBINATION = "note_skin_combination"
    NOTE_SKIN_SENSITIVE = "note_skin_sensitive"
    NOTE_SKIN_NORMAL = "note_skin_normal"
    NOTE_FEELING_GOOD = "note_feeling_good"
    NOTE_FEELING_TIGHT = "note_feeling_tight"
    NOTE_FEELING_DRY = "note_feeling_dry"
    NOTE_FEELING_STUNG = "note_feeling_stung"
    NOTE_LAST_TIME = "note_last_time"
    NOTE_FELT_GOOD = "note_felt_good"
    NOTE_FELT_TIGHT = "note_felt_tight"
    NOTE_FELT_DRY = "note_felt_dry"
    NOTE_FELT_STUNG = "note_felt_stung"
    NOTE_LONGEST = "note_longest"
    NOTE_WAS = "note_was"
    NOTE_TIMES = "note_times"
    NOTE_DUE = "note_due"
    NOTE_GENTLE = "note_gentle"
    NOTE_NOT_STARTED = "note_not_started"
    NOTE_ALREADY_STARTED = "note_already_started"
    NOTE_ALREADY_PAUSED = "note_already_paused"
    NOTE_NOT_PAUSED = "note_not_paused"
    NOTE_COUNTDOWN_NOT_BEGUN = "note_countdown_not_begun"
    NOTE_COUNTDOWN_OVER = "note_countdown_over"
    NOTE_ALREADY_DONE = "note_already_done"
    NOTE_NOT_NOW = "note_not_now"
    NOTE_PERSON_LATER = "note_person_later"
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


PLACEHOLDERS: Mapping[Message, frozenset[str]] = {
    Message.ENOUGH: frozenset({"times"}),
    Message.ASK_SHORTER: frozenset({"time"}),
    Message.MASK_CHOSEN: frozenset({"name", "time", "claim"}),
    Message.MASK_CHOSEN_OVERNIGHT: frozenset({"name", "claim"}),
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
    Message.TIME_OVER: frozenset({"time", "step"}),
    Message.ON_FOR_SO_LONG: frozenset({"time", "left"}),
    Message.SAFER_OFF: frozenset({"step"}),
    Message.OFFER: frozenset({"way"}),
    Message.PHRASE_OR_KEY: frozenset({"phrase", "key"}),
    Message.STILL_HOLDING: frozenset({"left"}),
    Message.EVENING_DONE: frozenset({"evening"}),
    Message.NOTE_HARDLY_HEARD: frozenset({"way"}),
    Message.SKIN_CHOSEN: frozenset({"skin", "advice"}),
    Message.BEGIN_AND_TEACH: frozenset({"step"}),
    Message.EASED_AND_ON: frozenset({"step"}),
    Message.PHRASE_ALONE: frozenset({"phrase"}),
    Message.NOTE_ON_FOR: frozenset({"time"}),
    Message.NOTE_LAST_TIME: frozenset({"name", "when"}),
    Message.NOTE_LONGEST: frozenset({"name", "time"}),
    Message.NOTE_WAS: frozenset({"name", "time"}),
    Message.NOTE_TIMES: frozenset({"number"}),
    Message.NOTE_DUE: frozenset({"when"}),
    Message.TIMER_SET: frozenset({"name", "time"}),
    Message.TIMER_SET_ALONE: frozenset({"time"}),
    Message.TIMER_OF: frozenset({"time"}),
    Message.TIMER_TIME_LEFT: frozenset({"name", "left"}),
    Message.TIMER_NO_SUCH: frozenset({"name"}),
    Message.TIMER_STOPPED: frozenset({"name"}),
    Message.TIMER_STOP_ALL: frozenset({"names"}),
    Message.TIMER_OVER: frozenset({"name"}),
    Message.TIMER_TOO_MANY: frozenset({"number"}),
    Message.TIMER_TOO_LONG: frozenset({"longest"}),
    Message.PERSON_IS: frozenset({"name"}),
    Message.PERSON_CHANGES: frozenset({"name"}),
    Message.LANGUAGE_IS: frozenset({"language"}),
    Message.LANGUAGE_CHANGES: frozenset({"language"}),
    Message.INTRODUCTION: frozenset({"language"}),
    Message.INTRODUCTION_LANGUAGE: frozenset({"language"}),
}
"""The placeholders that the sentence of each message must have; messages that are not listed need none."""

Sayable = Message | Intent
"""A message, or an intent, which means the sentence that answers it (`answer` of its spec)."""


def sayable() -> Iterator[Sayable]:
    """Yield every message and every intent with an answer: a wording must have a sentence for each."""
    yield from Message
    yield from (intent for intent, spec in SPECS.items() if spec.answer is not None)


def placeholders_in(message: Sayable) -> frozenset[str]:
    """Return the placeholders that the sentence of a message, or of an intent's answer, must have."""
    return (
        PLACEHOLDERS.get(message, frozenset()) if isinstance(message, Message) else frozenset(message.spec.answer or ())
    )


@dataclass(frozen=True)
class Wording:
    """All sentences that the coach says in one language."""

    language: str
    sentences: Mapping[Sayable, str]
    phrases: Mapping[Intent, str]
    """The phrase that is suggested for each intent; any sentence may use it as a placeholder, such as {say_next}."""
    time: TimeWords
    days: DayWords
    praises: tuple[str, ...]
    """The words that the coach says first when a step is done, in turn."""
    capitals: tuple[str, ...] = ()
    """Words of phrases that are written with a capital, such as "I"."""
    timers: Mapping[str, str] = field(default_factory=dict)
    """The name of each timer that can be set beside a mask, by its slot value."""
    people: Mapping[str, str] = field(default_factory=dict)
    """The name of each person of the household, by the value of the slot `person`."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """The name of each language by its code, as it stands in phrases."""

    def preferring(self, favourites: Iterable[Phrase]) -> Wording:
        """Return a wording that suggests the given phrases for their intents."""
        return replace(self, phrases={**self.phrases, **{phrase.intent: phrase.text for phrase in favourites}})

    def naming(self, people: Mapping[str, str]) -> Wording:
        """Return a wording that calls people, by their slot values, as they want to be called."""
        return replace(self, people={**self.people, **people})

    def language_called(self, code: str) -> str:
        """Return the name of a language as it stands in a sentence; empty when it has none."""
        return self.written(self.languages.get(code, ""))

    def say(self, message: Sayable, **values: str) -> str:
        """Return the sentence of a message, placeholders filled in; each of its sentences begins with a capital."""
        return _begin_sentences(self.note(message, **values))

    def note(self, message: Sayable, **values: str) -> str:
        """Return the text of a message, placeholders filled in, without capitals: a note, or a part of a sentence."""
        return self.sentences[message].format(**self._phrase_values, **values)

    def written(self, phrase: str) -> str:
        """Return a phrase as it is written for people, such as "what can I say"."""
        return " ".join(self._capitals.get(word, word) for word in phrase.split(" "))

    def quoted(self, phrases: Iterable[str]) -> str:
        """Return phrases, each in quotation marks, with commas between them."""
        return ", ".join(self.note(Message.PHRASE_ALONE, phrase=phrase) for phrase in phrases)

    @cached_property
    def _capitals(self) -> dict[str, str]:
        return {word.lower(): word for word in self.capitals}

    @cached_property
    def _phrase_values(self) -> dict[str, str]:
        return {f"say_{intent.value}": self.written(phrase) for intent, phrase in self.phrases.items()}


_SENTENCES = {
    message.value: Field(Template(PLACEHOLDERS.get(message, frozenset()), SUGGESTED), is_required=True)
    for message in Message
}
WORDING = Table(
    {
        "language": Field(Text(2), is_required=True),
        "praises": Field(Array(Text()), is_required=True),
        "capitals": Field(Array(Text())),
        "sentences": Field(Table(_SENTENCES), is_required=True),
        "time": Field(TIME_WORDS, is_required=True),
        "days": Field(DAY_WORDS, is_required=True),
    }
)
"""The schema of a language's wording.toml."""


def parse_wording(document: Mapping[str, object], phrases: Mapping[str, object]) -> Wording:
    """Make the wording of a language from its parsed TOML documents.

    Args:
        document: the parsed wording.toml; it has `language` and the tables `sentences` (by message), `time` and `days`.
        phrases: the parsed phrases.toml, as for `parse_phrases`; each table `intents.<name>` has `suggested` (one of
            its wordings), and `answer` if the intent's spec has an answer.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    file = read_document(document, WORDING, f"the wording of language {document.get('language')!r}")
    sentences = file.table("sentences")
    intents = phrases_document(phrases).table("intents")
    time, days = file.table("time"), file.table("days")
    numbers, counts = time.texts("numbers"), time.texts("counts")
    named = {int(minutes): str(text) for minutes, text in time.table("named").content.items()}
    answered = [intent for intent, spec in SPECS.items() if spec.answer is not None]
    return Wording(
        language=file.text("language"),
        sentences={
            **{message: sentences.text(message.value) for message in Message},
            **{intent: intents.table(intent.value).text("answer") for intent in answered},
        },
        phrases={intent: intents.table(intent.value).text("suggested") for intent in Intent},
        time=TimeWords(**time.texts_by_name(), numbers=numbers, counts=counts, named=named),
        days=DayWords(**days.texts_by_name(), weekdays=days.texts("weekdays"), numbers=numbers, counts=counts),
        praises=file.texts("praises"),
        capitals=file.texts("capitals"),
        timers=_names(phrases_document(phrases).table("slots").table("timer_name")),
        people=_names(phrases_document(phrases).table("slots").table("person")),
        languages=_names(phrases_document(phrases).table("slots").table("language")),
    )


def _names(values: Document) -> dict[str, str]:
    """Return the first words of each value of a slot, by which it is called."""
    return {value: values.texts(value)[0] for value in values.content}


def _begin_sentences(text: str) -> str:
    """Write the first letter of each sentence as a capital; it may come from a placeholder."""
    sentences = text.split(". ")
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences)
