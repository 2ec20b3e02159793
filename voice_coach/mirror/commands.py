"""Commands that come as JSON: what they may say, how often, and each only once."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from voice_coach.mirror.answers import Refusal
from voice_coach.mirror.buttons import COMMANDS, TIMED

if TYPE_CHECKING:
    from collections.abc import Collection

    from voice_coach.core.intents import Intent

MOST_MINUTES = 30
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_INTENTS = {intent.value: intent for intent in COMMANDS}


@dataclass(frozen=True, slots=True)
class Command:
    """A button that was pressed, somewhere."""

    id: str
    intent: Intent
    minutes: int | None = None


def parse_object(body: bytes, known: Collection[str]) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        body: of the request.
        known: the fields that it may have.

    Raises:
        Refusal: it is none.
    """
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        message = "The body is not JSON: send an object, in UTF-8."
        raise Refusal(HTTPStatus.BAD_REQUEST, message) from None
    if not isinstance(found, dict):
        raise _wrong("The body must be a JSON object.")
    if unknown := sorted(found.keys() - set(known)):
        raise _wrong(f"There is no field {json.dumps(unknown[0][:40])}: leave it out.")
    return found


def parse_command(body: bytes) -> Command:
    """Read a command.

    Raises:
        Refusal: it says what is wrong with it.
    """
    found = parse_object(body, ("id", "intent", "minutes"))
    if not (isinstance(found.get("id"), str) and _ID.fullmatch(found["id"])):
        raise _wrong("The id must be 8 to 64 letters, digits or hyphens, and another one for each command.")
    intent = _INTENTS.get(found["intent"]) if isinstance(found.get("intent"), str) else None
    if intent is None:
        raise _wrong(f"The intent must be one of {', '.join(_INTENTS)}.")
    return Command(found["id"], intent, _minutes(found["minutes"], intent) if "minutes" in found else None)


class Seen:
    """The ids of the last commands.

    Args:
        most: how many are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def note(self, command_id: str) -> None:
        """Remember an id.

        Raises:
            Refusal: it came before.
        """
        if command_id in self._ids:
            message = "A command with this id was obeyed already: give each its own id."
            raise Refusal(HTTPStatus.CONFLICT, message)
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


def _wrong(sentence: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, sentence)
