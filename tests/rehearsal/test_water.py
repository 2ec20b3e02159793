from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.rehearsal.noise import running_tap, shower

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Water = Callable[..., NDArray[np.float32]]

both = pytest.mark.parametrize("water", [running_tap, shower])


def level(sound: NDArray[np.float32]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound))))


@both
def test_of_the_same_seed_comes_the_same_water_and_of_another_other(water: Water) -> None:
    assert np.array_equal(water(3, 1.0), water(3, 1.0))
    assert not np.array_equal(water(3, 1.0), water(4, 1.0))


@both
@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_it_runs_for_the_seconds_asked_at_one_level_at_any_rate(water: Water, rate: int) -> None:
    sound = water(1, 2.0, rate)
    assert sound.shape == (2 * rate,)
    assert level(sound) == pytest.approx(-30.0, abs=0.1)
    assert np.abs(sound).max() < 1.0


@both
def test_repeated_it_runs_on_without_a_click(water: Water) -> None:
    sound = water(2, 1.0)
    steps = np.abs(np.diff(sound))
    assert abs(sound[0] - sound[-1]) <= steps.max()


@both
def test_it_never_pauses(water: Water) -> None:
    pieces = water(5, 4.0).reshape(-1, 3200)
    assert min(level(piece) for piece in pieces) > -36.0
