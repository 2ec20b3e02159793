"""The doctor's sentences by check: their names in content/<language>/doctor.toml, and their placeholders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.sentences import read_sentences, sentences_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.sentences import Sentences
    from voice_coach.language.pack import LanguagePack

_DEVICE = {"title": "", "none": "", "unusable": "reason", "no_rate": "device"}
PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "report": {
        "ok": "", "warning": "", "failure": "", "looking_at": "check", "chirp_follows": "", "can_work": "",
        "can_work_with_one_warning": "", "can_work_with_warnings": "count", "cannot_work": "checks",
    },
    "check": {"hangs": "seconds", "not_made": "reason", "crashed": "signal", "ended": "status", "close_programs": ""},
    "python": {
        "title": "", "fine": "version system", "too_old": "version", "bits_32": "", "get_64_bits": "",
        "other_system": "system", "use_another": "", "old_glibc": "version", "upgrade": "",
    },
    "memory": {"title": "", "fine": "free total", "short": "free total needed", "close_programs": ""},
    "disk": {
        "title": "", "fine": "free milliseconds", "locked": "folders", "full": "free folder",
        "slow": "folder milliseconds", "get_faster": "",
    },
    "clock": {
        "title": "", "set": "", "set_with_battery": "", "unset": "", "unset_with_battery": "", "implausible": "year",
    },
    "raspberry_pi": {
        "title": "", "none": "", "fine": "board", "unreadable": "board", "hot": "board",
        "board_and_heat": "board celsius", "troubled": "board troubles", "was_troubled": "board troubles",
        "get_power": "", "get_air": "",
        "under_voltage_now": "", "capped_now": "", "throttled_now": "", "soft_limit_now": "",
        "under_voltage": "", "capped": "", "throttled": "", "soft_limit": "",
    },
    "settings": {
        "title": "", "fine": "path", "none": "", "wrong": "path mistakes", "unreadable": "reason", "routine": "reason",
    },
    "mirror": {"title": "", "fine": "port", "none": "", "taken": "", "unusable": "reason"},
    "hands": {"title": "", "fine": "", "none": "", "taken": "", "unusable": "reason"},
    "models": {
        "title": "", "fine": "engines", "and": "one other", "none": "", "deaf": "engine",
        "choose_engine": "", "unusable": "reason", "missing": "files folder",
        "damaged": "files folder",
    },
    "calibration": {"title": "", "fine": "count", "not_needed": "", "no_model": "", "outdated": ""},
    "recogniser": {
        "title": "", "sample": "", "fine": "phrase milliseconds", "slow": "phrase seconds", "misheard": "phrase heard",
        "heard_nothing": "phrase", "uncalibrated": "", "no_voice": "", "unusable": "reason",
    },
    "voice": {
        "title": "", "sample": "", "fine": "voice milliseconds version", "slow": "seconds", "silent": "voice",
        "unusable": "reason",
    },
    "sound_server": {
        "title": "", "none": "", "fine": "server address", "reachable": "address", "unreachable": "address reason",
        "mute": "address",
    },
    "portaudio": {"title": "", "fine": "version count", "unusable": "reason"},
    "devices": {"fine": "device channels rates", "one_channel": "", "channels": "count", "taken": "meaning"},
    "microphone": _DEVICE,
    "speaker": _DEVICE,
    "microphone_level": {
        "title": "", "levels": "level peak", "fine": "levels", "zeros": "", "clips": "levels percent", "loud": "levels",
        "quiet": "levels", "not_measured": "", "closed": "device reason", "empty": "device", "replug": "",
        "one_of_several": "channel count meaning others", "channel": "channel level", "channel_zeros": "channel",
        "no_channel": "channel count", "antiphase": "meaning", "mixed": "count meaning", "leave_channel_out": "",
    },
    "loop": {
        "title": "", "louder": "milliseconds decibels", "softer": "milliseconds decibels", "unheard": "",
        "not_tried": "", "closed": "reason",
    },
    "service": {
        "title": "", "runs": "", "runs_as": "process", "runs_not": "", "fine": "state runs", "not_installed": "runs",
        "unknown": "runs reason", "down": "state", "down_since": "state reason", "not_at_boot": "",
        "stood_still": "count",
    },
}  # fmt: skip


def load_texts(pack: LanguagePack) -> Sentences:
    """Read what the doctor says in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return read_sentences(pack.document("doctor", sentences_schema(PLACEHOLDERS)), PLACEHOLDERS)
