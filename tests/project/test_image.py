"""The image's parts that are pure: the file on its boot partition, its partitions, what is heard of it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.packaging.image import hearing
from scripts.packaging.image.boot_file import LARGEST, Wishes, note_of, supplicant_text, understand, with_language
from scripts.packaging.image.layout import MIB, SECTOR, partitions, size_mib, table_of
from scripts.packaging.image.machine import archive
from scripts.packaging.image.screen import Word, prepared, share_shown, words_of
from tests.patience import patient

ROOT = Path(__file__).parents[2]
FILES = ROOT / "scripts/packaging/image/files"
TEMPLATE = FILES / "boot/firmware/voice-coach.txt"
NOBODY = 65_534


def lines(*given_lines: str) -> bytes:
    return "\n".join(given_lines).encode()


def test_the_file_as_it_ships_wishes_for_nothing_and_has_no_mistake() -> None:
    assert understand(TEMPLATE.read_bytes()) == (Wishes(), [])


def test_all_that_can_be_wished_for_is_understood() -> None:
    wishes, mistakes = understand(
        lines("host_name = Bath-1", " wifi_name=Home net ", "wifi_password = pass = word; # 1", "wifi_country = de",
              "LANGUAGE = KO", "time_zone = Asia/Seoul")
    )  # fmt: skip
    assert mistakes == []
    assert wishes == Wishes("bath-1", "Home net", "pass = word; # 1", "de", "ko", "Asia/Seoul")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_any_editor_of_windows_may_save_it(encoding: str) -> None:
    assert understand("host_name = bath\r\nwifi_country = KR\r\n".encode(encoding)) == (
        Wishes(host_name="bath", wifi_country="KR"),
        [],
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("host_name = " + "a" * 64, "host_name has 1 to 63 letters"),
        ("host_name = bath;reboot", "host_name has 1 to 63 letters"),
        ("host_name = -bath", "host_name has 1 to 63 letters"),
        ('host_name = "bath"', "host_name has 1 to 63 letters"),
        ("wifi_name = " + "é" * 17, "wifi_name has 34 bytes"),
        ("wifi_country = Germany", "wifi_country has two letters"),
        ("language = fr", "language is one of en, ko"),
        ("time_zone = ../../etc/passwd", "time_zone is a name such as"),
        ("time_zone = /etc/passwd", "time_zone is a name such as"),
        ("color = red", "there is no 'color'"),
        ("just words", 'a line has the form "name = value"'),
        ("host_name = ba\x1bth", "cannot be printed"),
    ],
)
def test_a_wrong_line_costs_only_itself_and_is_told_in_one_sentence(line: str, sentence: str) -> None:
    wishes, mistakes = understand(lines("# head", line))
    assert len(mistakes) == 1
    assert mistakes[0].startswith("Line 2: ")
    assert sentence in mistakes[0]
    assert wishes.host_name == "mirror"
    assert "\n" not in mistakes[0]


@pytest.mark.parametrize("password", ["short12", "x" * 65, "y" * 64, "pässword"])
def test_a_password_that_no_wifi_can_have_leaves_the_wifi_out_and_is_not_told(password: str) -> None:
    wishes, mistakes = understand(lines("wifi_name = Home", f"wifi_password = {password}", "wifi_country = DE"))
    assert supplicant_text(wishes) == ""
    assert len(mistakes) == 1
    assert mistakes[0].startswith("Line 2: wifi_password has ")
    assert password not in note_of(mistakes)


def test_a_name_that_stands_twice_counts_the_first_time() -> None:
    wishes, mistakes = understand(lines("host_name = one", "host_name = two"))
    assert wishes.host_name == "one"
    assert mistakes == ["Line 2: host_name stands here a second time; the first one counts."]


def test_what_is_missing_for_a_wifi_is_told() -> None:
    assert understand(lines("wifi_name = Home"))[1] == [
        "wifi_country is missing, so only the channels that every country allows are used."
    ]
    assert understand(lines("wifi_password = 12345678"))[1] == [
        "There is a wifi_password but no wifi_name, so there is no Wi-Fi."
    ]


def test_name_and_password_reach_wpa_supplicant_as_digits_only() -> None:
    name, password = 'a"b;}\\$(reboot)', "`id`; rm -rf / \"'#"
    text = supplicant_text(Wishes(wifi_name=name, wifi_password=password, wifi_country="kr"))
    key = hashlib.pbkdf2_hmac("sha1", password.encode(), name.encode(), 4096, 32).hex()
    assert f"\tssid={name.encode().hex()}\n" in text
    assert f"\tpsk={key}\n" in text
    assert "country=KR\n" in text
    assert "reboot" not in text
    assert "rm -rf" not in text


def test_the_key_is_the_one_of_the_standard() -> None:
    """IEEE 802.11i, annex H.4, first test vector."""
    text = supplicant_text(Wishes(wifi_name="IEEE", wifi_password="password"))  # noqa: S106 - a test vector
    assert "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e" in text


def test_a_wifi_without_a_password_is_joined_without_one() -> None:
    assert "key_mgmt=NONE" in supplicant_text(Wishes(wifi_name="Open"))


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_content_gives_wishes_that_hurt_nobody(content: bytes) -> None:
    wishes, mistakes = understand(content)
    text = supplicant_text(wishes)
    assert text.isascii()
    assert text.count("{") == text.count("}") <= 1
    assert all(value.isprintable() for value in asdict(wishes).values())
    assert 1 <= len(wishes.host_name) <= 63
    assert ".." not in wishes.time_zone
    assert all(mistake.isprintable() for mistake in mistakes)


def test_a_file_that_nobody_has_written_by_hand_is_not_read() -> None:
    assert understand(b"#" * (LARGEST + 1)) == (
        Wishes(),
        [f"The file has more than {LARGEST} bytes, so nothing of it was read."],
    )


def test_the_language_is_changed_and_all_else_in_the_settings_stays() -> None:
    assert with_language('# mine\npage = 8765\nlanguage = "en"  # x\nminutes = 12\n', "ko") == (
        '# mine\npage = 8765\nlanguage = "ko"\nminutes = 12\n'
    )
    assert with_language("page = 8765\n", "ko") == 'language = "ko"\npage = 8765\n'


def test_without_mistakes_there_is_no_note() -> None:
    assert note_of([]) == ""
    assert "\r\nLine 3: wrong\r\n" in note_of(["Line 3: wrong"])


def test_what_obeys_the_file_waits_for_the_mounts_that_may_fail() -> None:
    """Local-fs.target does not wait for them: after a power cut the file and the lasting folders were not there yet."""
    unit = (FILES / "etc/systemd/system/voice-coach-prepare.service").read_text(encoding="utf-8")
    waited = {name for line in unit.splitlines() if line.startswith("After=") for name in line[6:].split()}
    mounts = [line.split() for line in (FILES / "etc/fstab").read_text(encoding="utf-8").splitlines()]
    may_fail = [fields[1] for fields in mounts if fields[0].startswith("LABEL=") and "nofail" in fields[3]]
    assert may_fail == ["/boot/firmware", "/data"]
    assert {f"{place[1:].replace('/', '-')}.mount" for place in may_fail} <= waited


def test_the_page_waits_for_its_screen_and_not_for_a_moment_of_the_start() -> None:
    """A driver of graphics may be loaded after everything else: the unit was left out then, until the next start."""
    unit = (FILES / "etc/systemd/system/voice-coach-screen.service").read_text(encoding="utf-8")
    rules = (FILES / "etc/udev/rules.d/60-voice-coach.rules").read_text(encoding="utf-8")
    assert "/dev/dri" not in unit
    assert "[Install]" not in unit
    assert re.search(r'^SUBSYSTEM=="drm".*SYSTEMD_WANTS.*"voice-coach-screen.service"$', rules, re.MULTILINE)


@pytest.mark.parametrize("unit", sorted(FILES.glob("etc/systemd/*/*.service")), ids=lambda unit: unit.stem)
def test_what_a_unit_starts_is_read_by_an_interpreter_because_no_file_is_copied_with_its_mode(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    interpreter, *arguments = line.split()
    assert interpreter in {"/bin/sh", "/usr/bin/python3"}
    assert arguments[-1].startswith("/usr/local/lib/voice-coach/")


@pytest.mark.parametrize("used", [1, 700, 2_345])
def test_the_partitions_follow_each_other_and_the_root_has_room(used: int) -> None:
    boot, root, data = parts = partitions(used)
    assert boot.start_mib + boot.size_mib == root.start_mib
    assert root.start_mib + root.size_mib == data.start_mib
    assert used < 0.9 * root.size_mib
    assert size_mib(parts) == data.start_mib + data.size_mib
    assert all(part.start_mib % 4 == 0 for part in parts)
    assert table_of(parts).splitlines() == [
        "label: dos",
        "unit: sectors",
        f"start={4 * MIB // SECTOR}, size={256 * MIB // SECTOR}, type=c, bootable",
        f"start={260 * MIB // SECTOR}, size={root.size_mib * MIB // SECTOR}, type=83",
        f"start={data.start_mib * MIB // SECTOR}, size={128 * MIB // SECTOR}, type=83",
    ]


def test_sentences_are_found_in_a_recording_with_their_holes() -> None:
    tone = np.sin(np.arange(hearing.RATE) * 0.05).astype(np.float32) * 0.3
    quiet = np.zeros(hearing.RATE * 2, np.float32)
    torn = np.concatenate([tone, quiet[: hearing.RATE // 5], tone])
    found = hearing.stretches(np.concatenate([quiet, tone, quiet, torn]))
    assert [(round(one.begin, 1), round(one.end, 1)) for one in found] == [(2.0, 3.0), (5.0, 7.2)]
    assert [round(one.hole_seconds, 1) for one in found] == [0.0, 0.2]


def test_a_recording_is_the_first_of_two_channels() -> None:
    raw = np.array([[16384, 0], [-32768, 5]], "<i2").tobytes()
    assert hearing.samples_of(raw + b"\1").tolist() == [0.5, -1.0]


def test_how_much_of_a_sentence_was_heard() -> None:
    said = "Hello. Say: start the mask. Your skin is dry."
    assert hearing.share_heard("hello, say start the mask", said) == 1.0
    assert hearing.share_heard("hello says start a mask", said) == 0.6
    assert hearing.share_heard("", said) == 0.0
    assert hearing.share_heard("mask the start", said) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("I was there, we go. I was there, we go. I was", "I was there, we go."),
        ("I was there, I was here", "I was there, I was here"),
        ("Yes yes.", "Yes yes."),
        ("", ""),
    ],
)
def test_what_whisper_writes_over_and_over_again_counts_once(written: str, kept: str) -> None:
    assert hearing.without_repetition(written) == kept


TABLE = """\
level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext
1\t1\t0\t0\t0\t0\t0\t0\t1000\t500\t-1\t
5\t1\t1\t1\t1\t1\t100\t50\t200\t50\t96.1\tCleanse
5\t1\t1\t1\t1\t2\t700\t400\t100\t40\t91.5\tYes,
5\t1\t2\t1\t1\t1\t10\t10\t90\t90\t12.0\tO|
5\t1\t3\t1\t1\t1\t10\t10\t90\t90\t95.0\t \
"""
"""Of a picture of 1000 by 500 pixels, with a ring that was taken for letters, as tesseract writes it."""


def test_words_on_the_screen_have_a_place_and_a_drawing_is_none() -> None:
    assert words_of(TABLE) == [Word("Cleanse", 0.2, 0.15), Word("Yes,", 0.75, 0.84)]


def test_how_much_of_a_page_is_on_the_screen() -> None:
    shown = [Word("Cleanse", 0.1, 0.1), Word("your", 0.2, 0.1), Word("face.", 0.3, 0.1)]
    assert share_shown(shown, "Cleanse your face") == 1.0
    assert share_shown(shown, "Cleanse the face twice") == 0.5
    assert share_shown([], "Cleanse your face") == 0.0
    assert share_shown(shown, "") == 0.0


@pytest.mark.parametrize("is_dark", [False, True])
def test_a_screen_is_read_dark_on_light_however_it_is_drawn(*, is_dark: bool) -> None:
    pixels = np.full((2, 4, 3), 10 if is_dark else 245, np.uint8)
    pixels[0, 0] = 245 if is_dark else 10
    head, size, most, grey = prepared(b"P6\n4 2\n255\n" + pixels.tobytes()).split(b"\n", 3)
    assert (head, size, most) == (b"P5", b"8 4", b"255")
    assert sorted(set(grey)) == [10, 245]
    assert grey.count(10) == 4


def test_the_kernel_can_read_what_is_appended_to_the_initrd() -> None:
    packed = archive({"scripts/x": b"abc"})
    assert packed[:6] == b"070701"
    assert len(packed) % 4 == 0
    assert packed.count(b"070701") == 3
    assert b"scripts\0" in packed
    assert packed.endswith(b"TRAILER!!!\0\0\0\0")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("script", ["image", "check-image"])
def test_an_unknown_option_is_refused_before_anything_is_made(script: str) -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / script, "--quick"], capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert refused.returncode == 1
    assert "unknown option --quick" in refused.stderr


@pytest.mark.usefixtures("processes")
def test_without_root_and_sudo_it_says_what_it_lacks() -> None:
    user = NOBODY if os.geteuid() == 0 else os.geteuid()
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folders are for one user only
        Path(folder).chmod(0o755)
        for program in ("bash", "basename", "dirname", "sed", "grep", "env"):
            Path(folder, program).symlink_to(str(shutil.which(program)))
        refused = subprocess.run(
            [ROOT / "scripts" / "image"], env={"PATH": folder, "HOME": folder}, capture_output=True, text=True,
            check=False, timeout=patient(60), user=user,
        )  # fmt: skip
    assert refused.returncode == 1
    assert "it needs root to make a Debian system, and there is no sudo" in refused.stderr
