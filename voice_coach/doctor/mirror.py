"""The mirror that the settings may ask for: its port and its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.doctor.finding import failure, ok
from voice_coach.errors import FaceError

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding


def look_at_mirror(circumstances: Circumstances) -> Finding:
    """Whether its page can be served, where the settings ask for one."""
    from voice_coach.mirror.address import address_of, is_this_machine
    from voice_coach.mirror.certificate import encryption_of
    from voice_coach.mirror.crowd import Crowd
    from voice_coach.mirror.doors import open_doors
    from voice_coach.mirror.limits import Limits

    texts, port = circumstances.texts, circumstances.settings.page_port
    try:
        address = address_of(circumstances.settings)
        if address is None:
            return ok("mirror", texts.say("mirror.none"), port=port)
        encryption_of(address)
        if circumstances.is_running:
            return ok("mirror", texts.say("mirror.taken"), port=port)
        for door in open_doors(address, Crowd(Limits(), is_this_machine)):
            door.close()
    except FaceError as error:
        return failure("mirror", texts.say("mirror.unusable", reason=error), f"ss -ltnp 'sport = :{port}'", port=port)
    return ok("mirror", texts.say("mirror.fine", port=port), port=port)
