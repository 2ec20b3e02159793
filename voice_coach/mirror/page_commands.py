"""The buttons of the page, and the commands that a client may post."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from voice_coach.language.intents import MINUTE_INTENTS, PEOPLE, SLOTS, SPECS, TIMER_INTENTS, Intent
from voice_coach.mirror.client_auth import ErrorResponse
from voice_coach.routines import Phase, Skin
from voice_coach.routines.past_masks import Feeling
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from voice_coach.session.view import View


VALUES: Mapping[Intent, tuple[str, ...]] = {
    Intent.MASK: (),
    Intent.SKIN: tuple(skin.value for skin in Skin),
    Intent.FELT: tuple(feeling.value for feeling in Feeling),
    Intent.PERSON: PEOPLE,
    Intent.LANGUAGE: (),
}
"""The intents that need a value, and all values that they can have; none where these depend on what is installed."""
_EXAMPLES = {
    Intent.MASK: "the id of a routine, such as clay_mask",
    Intent.LANGUAGE: "the code of a language, such as ko",
}
COMMANDS = tuple(
    sorted(
        (intent for intent in Intent if intent not in SLOTS or intent in VALUES or intent.spec.is_slot_optional),
        key=lambda intent: intent.value,
    )
)
"""The intents that the page or another program can send: all but those that must name a step or a time of day."""
TIMED = MINUTE_INTENTS
"""The intents that may have a number of minutes."""
BUTTONS = tuple(intent for intent, spec in SPECS.items() if spec.has_button)
"""The intents that have a button. The labels are in mirror.toml; `buttons_of` decides which buttons are shown."""


def buttons_of(view: View) -> tuple[Intent, ...]:
    """Return the buttons for a view, at most five, in the order of the page; none after the coach has ended."""
    if view.attention is Attention.CLOSED:
        return ()
    if any(choice.intent is Intent.FELT for choice in view.choices):  # the feelings answer the question
        return (Intent.START, Intent.REPEAT, Intent.HELP, Intent.STINGS)
    if view.question:
        answers = (Intent.YES, Intent.NO, Intent.REPEAT)
        return answers if view.is_in_pain else (*answers, Intent.STINGS)
    match view.phase:
        case Phase.IDLE | Phase.DONE:
            return (Intent.START, Intent.REPEAT, Intent.HELP, Intent.STINGS)
        case Phase.PAUSED:
            return (Intent.BACK, Intent.NEXT, Intent.REPEAT, Intent.RESUME, Intent.STINGS)
        case _:
            return (Intent.BACK, Intent.NEXT, Intent.REPEAT, Intent.PAUSE, Intent.STINGS)


MOST_MINUTES = 60
"""Minutes that a command may have, at most."""
_NAME = re.compile(r"\w{1,40}")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_INTENTS = {intent.value: intent for intent in COMMANDS}


@dataclass(frozen=True, slots=True)
class PageCommand:
    """A command that the page or another program has sent."""

    id: str
    intent: Intent
    minutes: int | None = None
    value: str = ""
    """The slot value, such as "oily" for the intent SKIN; empty when the intent needs none."""


def parse_object(body: bytes, known: Collection[str]) -> dict[str, Any]:
    """Read a JSON object from the body of a request.

    Args:
        body: the bytes of the body.
        known: the names of the fields that the object may have.

    Raises:
        ErrorResponse: the body is no JSON object, or has another field.
    """
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        message = "The body is not JSON: send an object, in UTF-8."
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, message) from None
    if not isinstance(found, dict):
        raise _wrong("The body must be a JSON object.")
    if unknown := sorted(found.keys() - set(known)):
        raise _wrong(f"There is no field {json.dumps(unknown[0][:40])}: leave it out.")
    return found


def parse_command(body: bytes) -> PageCommand:
    """Read a command from the body of a request.

    Raises:
        ErrorResponse: the command is wrong; the response says how.
    """
    found = parse_object(body, ("id", "intent", "minutes", "value"))
    if not (isinstance(found.get("id"), str) and _ID.fullmatch(found["id"])):
        raise _wrong("The id must be 8 to 64 letters, digits or hyphens, and another one for each command.")
    intent = _INTENTS.get(found["intent"]) if isinstance(found.get("intent"), str) else None
    if intent is None:
        raise _wrong(f"The intent must be one of {', '.join(_INTENTS)}.")
    minutes = _minutes(found["minutes"], intent) if "minutes" in found else None
    return PageCommand(found["id"], intent, minutes, _value(found, intent))


class ReplayGuard:
    """The ids of the last commands, so that a command that is sent twice is obeyed only once.

    Args:
        most: how many ids are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def note(self, command_id: str) -> None:
        """Remember the id of a command.

        Raises:
            ErrorResponse: a command with this id came before.
        """
        if command_id in self._ids:
            message = "A command with this id was obeyed already: give each its own id."
            raise ErrorResponse(HTTPStatus.CONFLICT, message)
        self._ids[command_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)


def _minutes(found: object, intent: Intent) -> int:
    if intent not in TIMED:
        raise _wrong(f'"{intent.value}" takes no minutes: leave them out.')
    if isinstance(found, float) and found.is_integer():  # JSON knows only numbers
        found = int(found)
    if type(found) is not int or not 1 <= found <= MOST_MINUTES:
        raise _wrong(f"The minutes must be a whole number from 1 to {MOST_MINUTES}.")
    return found


def _value(fields: Mapping[str, Any], intent: Intent) -> str:
    if intent in TIMER_INTENTS and "value" not in fields:
        return ""
    if intent not in VALUES and intent not in TIMER_INTENTS:
        if "value" in fields:
            raise _wrong(f'"{intent.value}" takes no value: leave it out.')
        return ""
    found, allowed = fields.get("value"), VALUES.get(intent, ())
    if not isinstance(found, str) or not (found in allowed if allowed else _NAME.fullmatch(found)):
        example = _EXAMPLES.get(intent, "a name, such as eye_patches")
        values = f"one of {', '.join(allowed)}" if allowed else example
        raise _wrong(f'The value of "{intent.value}" must be {values}.')
    return found


def _wrong(sentence: str) -> ErrorResponse:
    return ErrorResponse(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)
