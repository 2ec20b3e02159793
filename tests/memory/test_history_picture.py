from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.library import load_language
from voice_coach.memory.history.history_records import RecordedSession, RecordedStep
from voice_coach.memory.report.calendar import KINDS, calendar_year, year_of, year_until
from voice_coach.memory.report.history_svg import to_svg
from voice_coach.memory.report.report_texts import load_words
from voice_coach.routines.past_masks import Ending, Feeling

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"
WORDS = load_words(load_language("en"))
ON = (RecordedStep("relax", is_mask_on=True, after_seconds=300.0),)
CLAY = RecordedSession(
    1, "clay_mask", "Clay mask", "clay", 600.0, datetime(2026, 5, 5, 20, tzinfo=UTC), Ending.DONE, 900.0, ON, ()
)


def sessions_on(*days: str, mask: str = "clay") -> list[RecordedSession]:
    return [replace(CLAY, mask=mask, began=datetime.fromisoformat(f"{day}T20:00:00+00:00")) for day in days]


def drawn(sessions: list[RecordedSession], year: int = 2026) -> str:
    return to_svg(year_of(sessions, calendar_year(year), WORDS), f"Your masks in {year}", WORDS)


def days_of(picture: str) -> dict[str, ET.Element]:
    root = ET.fromstring(picture.partition("?>")[2])  # noqa: S314 - our own picture
    return {group.attrib["data-day"]: group for group in root.iter(f"{SVG}g")}


def colour_of(name: str, picture: str) -> list[str]:
    return re.findall(rf"\.{name} {{ fill: (#\w+)", picture)


@pytest.mark.parametrize(("year", "days"), [(2026, 365), (2028, 366)])
def test_a_year_has_a_square_for_each_of_its_days(year: int, days: int) -> None:
    found = days_of(drawn([], year))
    assert len(found) == days
    places = {
        (square.attrib["x"], square.attrib["y"]) for group in found.values() for square in group.iter(f"{SVG}rect")
    }
    assert len(places) == days


@given(st.dates(date(2001, 1, 1), date(2998, 12, 31)))
def test_the_twelve_months_until_a_day_are_a_year_and_end_with_it(day: date) -> None:
    first, last = year_until(day)
    assert last == day
    assert (last - first).days + 1 in {365, 366}
    weeks = list(year_of([], (first, last), WORDS).weeks())
    assert [each for week in weeks for each in week if each] == [
        first + timedelta(days=number) for number in range((last - first).days + 1)
    ]
    assert all(each is None or each.weekday() == place for week in weeks for place, each in enumerate(week))


def test_it_can_be_read_alone() -> None:
    picture = drawn(sessions_on("2026-05-05"))
    root = ET.fromstring(picture.partition("?>")[2])  # noqa: S314 - our own picture
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Your masks in 2026"
    assert root.findtext(f"{SVG}desc") == "1 masks in 365 days"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"Jan", "Dec", "Mon", "Wed", "Fri", "clay mask"} <= set(texts)
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_a_day_says_what_was_on_it() -> None:
    felt = replace(CLAY, feelings=(Feeling.TIGHT,))
    day = days_of(drawn([felt]))["2026-05-05"]
    assert day.findtext(f"{SVG}title") == "Tuesday, 5 May 2026: Clay mask, done, felt tight"
    assert days_of(drawn([felt]))["2026-05-06"].findtext(f"{SVG}title") == "Wednesday, 6 May 2026: no mask"


def test_each_kind_has_a_colour_of_its_own_in_light_and_in_dark() -> None:
    sessions = [
        session for number, kind in enumerate(KINDS, 1) for session in sessions_on(f"2026-03-0{number}", mask=kind)
    ]
    picture = drawn(sessions)
    colours = [colour_of(f"k{number}", picture) for number in range(len(KINDS))]
    assert {len(pair) for pair in colours} == {2}
    assert len({light for light, _ in colours}) == len({dark for _, dark in colours}) == len(KINDS)
    assert "prefers-color-scheme: dark" in picture


def test_two_kinds_on_one_day_share_its_square_and_a_session_left_early_is_an_outline() -> None:
    both = sessions_on("2026-05-05") + sessions_on("2026-05-05", mask="gel")
    found = days_of(drawn([*both, replace(CLAY, steps=(), ending=Ending.LEFT, began=datetime(2026, 6, 6, tzinfo=UTC))]))
    assert [part.attrib["class"] for part in found["2026-05-05"] if "class" in part.attrib] == ["k0", "k1"]
    assert [part.attrib["class"] for part in found["2026-06-06"] if "class" in part.attrib] == ["left"]


def test_many_routines_of_ones_own_share_the_last_colour() -> None:
    own = [replace(CLAY, mask="", routine=f"own{number}", name=f"Own {number}") for number in range(9)]
    kinds = year_of(own, calendar_year(2026), WORDS).kinds
    assert len(kinds) == 9
    assert len(set(kinds.values())) == 3
    assert kinds["routine own8"].label == "others"


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=20)), max_size=6))
def test_whatever_a_routine_is_called_the_picture_is_well_formed(names: list[tuple[str, str]]) -> None:
    picture = drawn([replace(CLAY, mask="", routine=routine, name=name) for name, routine in names])
    assert len(days_of(picture)) == 365
    picture.encode()


def pixels(picture: str, folder: Path) -> Counter[tuple[int, ...]]:
    """How often each colour is in the picture as librsvg draws it, one pixel for each of its units."""
    (folder / "year.svg").write_text(picture, encoding="utf-8")
    subprocess.run(["rsvg-convert", folder / "year.svg", "-o", folder / "year.png"], check=True)
    return colours_of_png((folder / "year.png").read_bytes())


def colours_of_png(content: bytes) -> Counter[tuple[int, ...]]:
    """Decode 8-bit RGBA: chunks, zlib, and the five filters (https://www.w3.org/TR/png-3/#9Filters)."""
    width, height, kind = *struct.unpack(">II", content[16:24]), content[24:29]
    assert kind == b"\x08\x06\0\0\0"
    packed, at = b"", 8
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        packed += content[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, above = zlib.decompress(packed), bytearray(width * 4)
    found: Counter[tuple[int, ...]] = Counter()
    for row in range(height):
        start = row * (width * 4 + 1)
        line = bytearray(raw[start + 1 : start + 1 + width * 4])
        for place in range(width * 4):
            left, corner = (line[place - 4], above[place - 4]) if place >= 4 else (0, 0)
            line[place] = (line[place] + predicted(raw[start], left, above[place], corner)) % 256
        found.update(tuple(line[place : place + 3]) for place in range(0, width * 4, 4))
        above = line
    return found


def predicted(method: int, left: int, up: int, corner: int) -> int:
    paeth = min((left, up, corner), key=lambda value: abs(left + up - corner - value))
    return (0, left, up, (left + up) // 2, paeth)[method]


@pytest.mark.usefixtures("processes")
@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
@pytest.mark.parametrize(("is_dark", "paper"), [(False, (255, 255, 255)), (True, (13, 17, 23))])
def test_the_colours_are_seen_in_the_picture(tmp_path: Path, paper: tuple[int, ...], *, is_dark: bool) -> None:
    picture = drawn(sessions_on("2026-05-05", "2026-06-06") + sessions_on("2026-07-07", mask="gel"))
    if is_dark:  # librsvg knows no media queries: what stands in this one is made to hold always
        picture = re.sub(r"@media [^{]*\{(.*)\}\n</style>", r"\1</style>", picture, flags=re.DOTALL)
        assert "@media" not in picture
    found = pixels(picture, tmp_path)
    clay, gel = (tuple(bytes.fromhex(colour_of(name, picture)[is_dark][1:])) for name in ("k0", "k1"))
    square = 11 * 11
    assert 3 * 0.8 * square < found[clay] <= 3 * square, "two days and the legend"
    assert 2 * 0.8 * square < found[gel] <= 2 * square, "a day and the legend"
    assert found.most_common(1)[0][0] == paper
