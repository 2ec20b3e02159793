"""The part of the bench that runs inside the environment of OpenVoiceOS: it speaks to the core, and prints what came.

It knows nothing of the rest of the benches, because only ovos-core and our installed package are there. Each line is a
JSON object with `kind`, `said`, and what came of it; `run.py` judges them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from ovos_audio.service import PlaybackService
from ovos_bus_client.message import Message
from ovos_bus_client.session import Session, SessionManager
from ovos_config.config import Configuration
from ovos_plugin_manager.skills import find_skill_plugins
from ovos_plugin_manager.templates.tts import TTS
from ovos_plugin_manager.utils import find_plugins
from ovos_workshop.skills.fallback import FallbackSkill
from ovoscope import CaptureSession, get_minicroft

import voice_coach

if TYPE_CHECKING:
    from collections.abc import Sequence

SKILL, OTHERS = "facial-mask.voice-coach", "others.bench"
PLAYER = "sleep 0.3"
"""The command that takes the place of a player: nobody listens."""
LONGEST_SECONDS = 20.0
QUESTION_SECONDS = 90.0
"""Seconds to wait for a question that the coach asks by itself."""
QUIET_SECONDS = 1.2
"""Seconds without a word of the coach after which it has said all."""
SCRIPTS: dict[str, dict[str, Any]] = {
    "en-US": {
        "before": ("what's the weather",),
        "start": "start the mask",
        "commands": (
            *("which step is this", "why", "next step", "what's next", "done with that", "i'm ready"),
            *("how much time is left", "two more minutes", "pause", "let's continue"),
        ),
        "again": "start the mask",
        "pain": "it stings",
        "foreign": (
            *("what's the weather", "set an alarm for seven", "play some music", "who is Ada Lovelace"),
            *("turn on the lights", "set a timer for ten minutes", "what time is it", "tell me a joke"),
            *("good morning", "next song", "pause the film", "start the dishwasher", "volume up", "louder"),
            *(
                "add milk to the shopping list",
                "how much time is left on the pasta",
                "call my mother",
                "what is two plus two",
            ),
            *("remind me to call Anna at five", "what's next on my calendar"),
        ),
        "not_ours": "stop the music",
        "stop": "stop",
        "no": "no",
        "yes": "yes",
        "quit": "quit",
    },
    "ko-KR": {
        "before": ("오늘 날씨 어때",),
        "start": "마스크 시작해 줘",
        "commands": ("몇 번째 단계야", "다음", "다음 단계", "다음", "얼마나 남았어"),
        "again": "마스크 시작",
        "pain": "따가워",
        "foreign": ("오늘 날씨 어때", "일곱 시에 알람 맞춰 줘", "음악 틀어 줘", "불 켜 줘", "엄마한테 전화해 줘"),
        "stop": "",
        "no": "아니",
        "yes": "응",
        "quit": "그만하자",
    },
}


class Others(FallbackSkill):  # type: ignore[misc]  # OpenVoiceOS has no types
    """Stands for all other skills: it takes what no other one wants."""

    def initialize(self) -> None:
        """Take everything that is left."""
        self.register_fallback(self.take, 50)

    def can_answer(self, message: Message) -> bool:  # noqa: ARG002 - as OpenVoiceOS calls it
        """Return that it takes anything."""
        return True

    def take(self, message: Message) -> bool:  # noqa: ARG002 - as above
        """Take an utterance, and do nothing."""
        return True


class Espeak(TTS):  # type: ignore[misc]  # as above
    """The voice: eSpeak NG, whose published plugin is too old for this core."""

    def get_tts(self, sentence: str, wav_file: str, lang: str = "en", voice: str = "") -> tuple[str, None]:  # noqa: ARG002
        """Say a sentence into a file."""
        subprocess.run(["espeak-ng", "-v", lang[:2], "-w", wav_file, sentence], check=True)
        return wav_file, None


class Assistant:
    """An OpenVoiceOS with its audio service, to which the bench speaks."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        config = Configuration()
        order = config["intents"]["pipeline"]
        # Padatious needs a C library; padacioso takes the same files in its place.
        self.pipeline = [stage.replace("padatious", "padacioso") for stage in order]
        self.core = get_minicroft([SKILL], extra_skills={OTHERS: Others}, default_pipeline=self.pipeline, lang=lang)
        config["play_wav_cmdline"] = PLAYER
        voice = Espeak(config={})
        self.audio = PlaybackService(bus=self.core.bus, disable_ocp=True, disable_fallback=True, tts=voice)
        self.audio.daemon = True
        self.audio.start()
        self.spoken: list[tuple[float, str, bool]] = []
        self.reached: list[str] = []
        """The commands that the session was given, by their intents."""
        self.ended = 0
        self.played: list[str] = []
        self.shown: list[str] = []
        """The addresses that the screen was told to show."""
        self._has_spoken = threading.Condition()
        self.core.bus.on("speak", self._on_speak)
        self.core.bus.on("recognizer_loop:audio_output_end", self._on_end)
        self.core.bus.on("mycroft.audio.play_sound", self._on_sound)

    @property
    def skill(self) -> Any:  # noqa: ANN401 - OpenVoiceOS has no types
        """The skill as the core has loaded it."""
        return self.core.plugin_skills[SKILL].instance

    def say(self, text: str, *, answers: int = 1, order: Sequence[str] = ()) -> dict[str, Any]:
        """Say a text; return who took it and what the coach said to it.

        Args:
            text: as it was transcribed.
            answers: sentences to wait for; 0 to wait whether one comes.
            order: another order of the pipeline, in a session of its own; the core's if empty.
        """
        before, began = len(self.spoken), time.monotonic()
        reached = len(self.reached)
        capture = CaptureSession(self.core, eof_msgs=["ovos.utterance.handled", f"{SKILL}.stop.response"])
        other = {"session": Session("other-order", pipeline=list(order)).serialize()} if order else {}
        capture.capture(
            Message("recognizer_loop:utterance", {"utterances": [text], "lang": self._lang}, other), timeout=5
        )
        if answers:
            self._wait_for(before + answers)
        else:
            time.sleep(QUIET_SECONDS)
        messages = capture.finish()
        types = [message.msg_type for message in messages]
        said = self.spoken[before:]
        return {
            "said": text,
            "taken_by": taken_by(types),
            "converse": [m.data.get("result") for m in messages if m.msg_type == "skill.converse.response"],
            "reached": self.reached[reached:],
            "answer": [sentence for _, sentence, _ in said],
            "asks": any(asks for _, _, asks in said),
            "ms": round(1e3 * (said[0][0] - began)) if said else None,
        }

    def watch(self) -> None:
        """Take note from now on of what the session of the running routine is given."""
        ears = self.skill._coaching.ears  # noqa: SLF001 - nothing else sees all of it
        post = ears._post  # noqa: SLF001

        def noting(event: Any) -> None:  # noqa: ANN401
            self.reached.append(event.intent.value if hasattr(event, "intent") else type(event).__name__)
            post(event)

        ears._post = noting  # noqa: SLF001

    def wait_for_question(self) -> bool:
        """Wait until the coach asks something by itself; return whether it did."""
        before = len(self.spoken)
        with self._has_spoken:
            self._has_spoken.wait_for(lambda: any(asks for _, _, asks in self.spoken[before:]), QUESTION_SECONDS)
        return any(asks for _, _, asks in self.spoken[before:])

    def connect_screen(self) -> str:
        """Answer for a screen from now on, and have the coach show a page on it; return the page's address."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.skill.settings["page"] = port
        bus = self.core.bus
        bus.on("gui.status.request", lambda m: bus.emit(m.response({"connected": True})))
        bus.on("gui.value.set", lambda m: self.shown.append(m.data.get("url", "")))
        return f"http://127.0.0.1:{port}/"

    def is_active(self) -> bool:
        """Whether the core would ask the skill first."""
        return SKILL in [skill for skill, _ in SessionManager.default_session.active_skills]

    def wait_until_over(self) -> bool:
        """Wait for the end of the routine; return whether it came."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while self.skill._coaching is not None and time.monotonic() < deadline:  # noqa: SLF001
            time.sleep(0.05)
        return self.skill._coaching is None  # noqa: SLF001

    def _wait_for(self, count: int) -> None:
        with self._has_spoken:
            self._has_spoken.wait_for(lambda: len(self.spoken) >= count, LONGEST_SECONDS)
        time.sleep(0.1)  # whatever else belongs to the turn

    def _on_speak(self, message: Message) -> None:
        with self._has_spoken:
            self.spoken.append((time.monotonic(), message.data["utterance"], bool(message.data.get("expect_response"))))
            self._has_spoken.notify_all()

    def _on_end(self, _message: Message) -> None:
        self.ended += 1

    def _on_sound(self, message: Message) -> None:
        self.played.append(os.path.basename(message.data.get("uri", "")))  # noqa: PTH119 - a name in a message


def taken_by(types: list[str]) -> str:
    """Return who took an utterance: "coach", "stop", "others" or "nobody", by the types of the core's messages."""
    if f"{SKILL}.converse.request" in types or f"{SKILL}:start.intent" in types:
        return "coach"
    if any(one.startswith("stop:") for one in types):
        return "stop"
    return "others" if f"ovos.skills.fallback.{OTHERS}.request" in types else "nobody"


def tell(kind: str, **what: object) -> None:
    """Print a line."""
    print(json.dumps({"kind": kind, **what}, ensure_ascii=False), flush=True)


def main() -> None:
    """Live through a routine in the language of the command line."""
    lang = sys.argv[1]
    script = SCRIPTS[lang]
    tell(
        "package",
        file=voice_coach.__file__,
        found={"new": SKILL in find_skill_plugins(), "old": SKILL in find_plugins("ovos.plugin.skill")},
    )
    assistant = Assistant(lang)
    tell("pipeline", order=assistant.pipeline, settings=sorted(assistant.skill.settings))
    for thread in threading.enumerate():  # a person speaks long after OpenVoiceOS has started
        if thread.name == "language":
            thread.join()
    for text in script["before"]:
        tell("before", **assistant.say(text, answers=0))
    if script["stop"]:
        low_first = [f"ovos-stop-pipeline-plugin-{stage}" for stage in ("low", "high")] + assistant.pipeline[1:]
        tell("low_first", **assistant.say(script["start"], answers=0, order=low_first))
    tell("start", **assistant.say(script["start"]), is_active=assistant.is_active())
    assistant.watch()
    for text in script["commands"]:
        tell("command", **assistant.say(text))
    tell("again", **assistant.say(script["again"]))
    tell("pain", **assistant.say(script["pain"]))
    tell("relief", asked_by_itself=assistant.wait_for_question(), **assistant.say(script["yes"]))
    for text in script["foreign"]:
        returned = assistant.skill.converse(Message("converse", {"utterances": [text], "lang": lang}))
        tell("foreign", **assistant.say(text, answers=0), converse_returned=returned)
    if script["stop"]:
        tell("not_ours", **assistant.say(script["not_ours"], answers=0))
        _stop(assistant, script)
    tell("quit", **assistant.say(script["quit"]))
    tell(
        "goodbye", **assistant.say(script["yes"]), is_over=assistant.wait_until_over(), is_active=assistant.is_active()
    )
    tell("after", **assistant.say(script["commands"][1], answers=0))
    tell("audio", ended=assistant.ended, spoken=len(assistant.spoken), played=assistant.played)
    os._exit(0)  # threads of the core would hold the process


def _stop(assistant: Assistant, script: dict[str, Any]) -> None:
    """Say stop, take it back, say it twice, and begin anew."""
    tell("stop", **assistant.say(script["stop"]), is_active=assistant.is_active())
    tell("no", **assistant.say(script["no"]))
    tell("stop", **assistant.say(script["stop"]), is_active=assistant.is_active())
    time.sleep(1.0)
    tell(
        "insist",
        **assistant.say(script["stop"], answers=0),
        is_over=assistant.wait_until_over(),
        is_active=assistant.is_active(),
    )
    url = assistant.connect_screen()
    tell("resume", **assistant.say(script["start"]), is_active=assistant.is_active())
    assistant.watch()
    tell("screen", url_is_shown=url in assistant.shown, page_is_served=_is_page(url))


def _is_page(url: str) -> bool:
    """Return whether the coach's page is served there."""
    with urllib.request.urlopen(url, timeout=LONGEST_SECONDS) as answer:  # noqa: S310 - of this machine
        return b"<html" in answer.read()


if __name__ == "__main__":
    main()
