"""Every language, mask, skin type and time of day: a person walks every step and hears every reason."""

from __future__ import annotations

import pytest

from tests.routines.shipped import every_routine
from tests.session.walks import SKINS, demand_told, greeted, walk
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase, Skin

every_skin = pytest.mark.parametrize("skin", SKINS, ids=[skin.value if skin else "no_skin" for skin in SKINS])
by_day_and_evening = pytest.mark.parametrize("is_daytime", [True, False], ids=["day", "evening"])


@every_routine
@every_skin
@by_day_and_evening
def test_every_step_is_walked_and_every_reason_heard(
    language: str, name: str, skin: Skin | None, *, is_daytime: bool
) -> None:
    conversation = greeted(language, name, skin, is_daytime=is_daytime)
    walked = walk(conversation)
    steps = conversation.session.routine.steps
    left_out = [step for step in steps if not conversation.session.is_due(step)]
    assert walked == [step for step in steps if step not in left_out]
    assert all(step.instead and step.instead in conversation.texts[-1] for step in left_out)
    assert conversation.phase is Phase.DONE
    assert all(text.strip() for text in conversation.texts)


@every_routine
def test_before_the_start_the_coach_tells_how_often_and_what_to_beware_of(language: str, name: str) -> None:
    conversation = greeted(language, name, Skin.DRY)
    routine = conversation.session.routine
    told = " ".join(conversation.hear(Intent.MORE) for _ in range(3))
    for claim in (routine.often, routine.warning, routine.needs(Skin.DRY).advice):
        assert claim
        demand_told(told, claim)
