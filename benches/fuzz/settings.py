"""Settings files: any bytes, nearly right ones, and right ones with faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from benches.fuzz.targets import Target, demand, demand_sentence, flipped
from voice_coach.errors import SettingsError
from voice_coach.memory.settings import Settings, keep_settings, load_settings
from voice_coach.memory.settings_schema import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path


_RIGHT = b"""\
# Mine.
minutes = 12
input = "USB Audio"   # the good one
volume = 0.5
favourites = ["next step", "hold on"]
"""
_VALUES = (
    "12", "15.0", "1_5", "0x0f", "0b1111", "-12", "+15", "015", "1e1", "1e999", "nan", "inf", "-inf", "true", "null",
    '"en"', "'auto'", '"moonshine"', '"facial_mask"', '"\\u0000"', '"\\ud800"', '"\\x"', '"""a\nb"""', "'''c\n'''",
    "[]", "[1]", '["next step", 1]', "{}", "{ a = 1 }", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", '"', "'",
    "9" * 400, "9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "0." + "9" * 5000, "[" * 3000, "[" * 3000 + "]" * 3000,
    "{a=" * 2000, '"' + "x" * 100_000 + '"', "\0", "\u202e", "#", "",
)  # fmt: skip
_NAMES = st.one_of(
    st.sampled_from(sorted(SETTINGS.fields)),
    st.sampled_from(
        ("minute", "volume.x", '"volume"', "'minutes'", "[input]", "[[favourites]]", "a.b.c", "\uff56olume", "")
    ),
    st.text(max_size=12),
)
_EQUALS = st.sampled_from((" = ", "=", ": ", " ", "==", " =\n", "\t=\t"))
_LINES = st.one_of(
    st.builds("{}{}{}".format, _NAMES, _EQUALS, st.sampled_from(_VALUES)),
    st.builds("{}{}{}".format, _NAMES, _EQUALS, st.text(max_size=20)),
    st.sampled_from(("", "# a remark", "[", "]", "[table]", "[[tables]]", "\ufeff", "\x07", "." * 1000)),
)
_ENDS = st.sampled_from(("\n", "\r\n", "\r", "\n\n", "\u2028"))
_CODES = st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-8"))


def targets() -> tuple[Target, ...]:
    """The settings file."""
    nearly = st.builds(_encode, st.lists(_LINES, max_size=6), _ENDS, _CODES)
    faulty = st.builds(flipped, st.just(_RIGHT), st.randoms(use_true_random=False))
    return (
        Target("settings, any bytes", st.binary(max_size=200), check),
        Target("settings, nearly right", nearly, check, weight=2),
        Target("settings, damaged", faulty, check),
    )


def check(content: bytes, folder: Path) -> None:
    """Reading and changing a file gives settings or our error, and a change loses nothing."""
    path = folder / "settings.toml"
    path.write_bytes(content)
    try:
        before = load_settings(path)
    except SettingsError as error:
        demand_sentence(error)
        demand(str(path) in str(error), f"the error does not name the file: {error}")
        before = None
    _demand_allowed(before)
    try:
        keep_settings({"volume": 0.25}, path)
    except SettingsError as error:
        demand_sentence(error)
        demand(path.read_bytes() == content, "a file that could not be changed was changed")
        demand(before is None, f"a right file could not be changed: {error}")
        return
    if before is not None:
        after = load_settings(path)
        demand(after.volume == 0.25, "a change was not kept")  # noqa: PLR2004 - as written above
        others = set(SETTINGS.fields) - {"volume"}
        demand(all(getattr(after, name) == getattr(before, name) for name in others), "a change lost something else")


def _demand_allowed(settings: Settings | None) -> None:
    if settings is not None:
        for name, field in SETTINGS.fields.items():
            value = getattr(settings, name)
            is_default = value == getattr(Settings(), name)
            demand(is_default or not any(field.type.mistakes(value, (name,))), f"{name} = {value!r} was let through")


def _encode(lines: list[str], end: str, code: str) -> bytes:
    return end.join(lines).encode(code, errors="replace")
