"""What scripts/check-arm64 does in the emulated system, done on this machine, where it must tell right from wrong."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.arm64 import scores, scores_page
from scripts.arm64.comparison import DECODER, EARS, PARTS, Best, Heard, Run, compare, line_of, read_run
from scripts.arm64.scores import CLIPS, VOICES, chosen, instructions
from tests.patience import patient
from voice_coach.library import load_language

ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "scripts" / "arm64" / "checks.py"


def speak(folder: Path, *lines: str) -> None:
    (folder / "said.tsv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    for sentence in (line.partition("\t")[0] for line in lines):
        subprocess.run(["flite", "-voice", "rms", "-t", sentence, "-o", folder / f"{sentence}.wav"], check=True)


@pytest.mark.usefixtures("processes")
def test_all_parts_work_and_a_sentence_that_gives_another_intent_is_a_failure(tmp_path: Path) -> None:
    speak(tmp_path, "give me two more minutes\tadd_time 2", "it stings\tpause", "the weather is nice today\t")
    checked = subprocess.run(
        [sys.executable, CHECKS, tmp_path], capture_output=True, text=True, check=False, timeout=patient(240)
    )
    rows = [line.split("  ", 1) for line in checked.stdout.splitlines()[2:]]
    failed = [(check, rest) for check, rest in rows if "FAILED" in rest]
    assert checked.returncode == 1
    assert [check for check, _ in failed] == ["hears “it stings”"]
    assert "heard stings instead of pause" in failed[0][1]
    assert {"voice-coach --help", "the voice speaks a sentence", "hears “give me two more minutes”"} <= {
        check.strip() for check, rest in rows if rest.strip().startswith("ok")
    }


def test_every_sentence_that_is_spoken_there_has_its_intent_beside_it() -> None:
    lines = (ROOT / "scripts" / "arm64" / "said.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 3
    assert all(line.count("\t") == 1 for line in lines)


@pytest.mark.usefixtures("processes")
def test_an_option_that_is_unknown_is_refused_before_anything_is_made() -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / "check-arm64", "--quick"], capture_output=True, text=True, check=False, timeout=patient(60)
    )
    assert refused.returncode == 1
    assert "unknown option --quick" in refused.stderr


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("options", [["--clips", "few"], ["--clips"], ["--data", "/no/such/folder"], ["--quick"]])
def test_an_option_of_the_scores_that_cannot_be_meant_is_refused(options: list[str]) -> None:
    refused = subprocess.run(
        [ROOT / "scripts" / "check-arm64", "--scores", *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=patient(60),
    )
    assert refused.returncode == 1
    assert options[0] in refused.stderr


def test_the_clips_are_the_same_each_time_and_of_every_intent() -> None:
    book = load_language("en").phrase_book
    phrases = chosen(book.phrases, CLIPS)
    assert phrases == chosen(tuple(reversed(book.phrases)), CLIPS)
    assert len({phrase.text for phrase in phrases}) == CLIPS == 50 * len(VOICES)
    assert {phrase.intent for phrase in phrases} == {phrase.intent for phrase in book.phrases}
    assert max(Counter(phrase.intent for phrase in phrases).values()) < 10


class FakeMachine:
    """Hears what is said, and notes which clips it was given."""

    given: list[str]

    def __init__(self, _pack: object) -> None:
        FakeMachine.given = []

    def hear(self, clip: scores.Clip, _sound: object) -> Heard:
        """Note the clip."""
        FakeMachine.given.append(clip.file)
        return Heard(clip.file, clip.said, {part: Best(clip.said, 9.0, None) for part in PARTS}, "nothing")


def test_hearing_goes_on_where_it_was_stopped_unless_anything_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "Machine", FakeMachine)
    monkeypatch.setattr(scores, "read_recording", lambda path: path)
    (tmp_path / scores.LIST).write_text("1.wav\trms\tnext step\n2.wav\trms\tstop\n3.wav\trms\tgo back\n", "utf-8")
    whole = list(scores.hear(tmp_path))
    assert FakeMachine.given == ["1.wav", "2.wav", "3.wav"]
    assert list(scores.hear(tmp_path, whole[:3])) == whole
    assert FakeMachine.given == ["3.wav"]
    assert list(scores.hear(tmp_path, ["{}", *whole[1:3]])) == whole
    assert FakeMachine.given == ["1.wav", "2.wav", "3.wav"]
    (tmp_path / "1.wav").write_bytes(b"another sound")
    assert len(list(scores.hear(tmp_path, whole))) == 4
    assert FakeMachine.given == ["1.wav", "2.wav", "3.wav"]


def test_this_machine_knows_its_instructions() -> None:
    assert (
        set(instructions()) <= {"avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8"} or "sve" not in instructions()
    )


MODELS = {"encoder": "0a", "table": "0b"}
MACHINE = {"machine": "x86_64", "instructions": ["avx2"], "models": MODELS}


def heard(number: int, text: str = "next step", score: float = 9.0, taken: str = "took “next step”") -> Heard:
    best = Best(text, score, 1.0)
    return Heard(f"{number:03}-rms.wav", "next step", {DECODER: best, EARS: best}, taken)


HERE = Run(MACHINE, tuple(heard(number, score=8.0 + number / 10) for number in range(CLIPS)))


def mutated(number: int, *, best: dict[str, Best] | None = None, taken: str = "") -> Run:
    """A machine that hears all clips as the other does, but one."""
    clips = list(HERE.heard)
    usual = clips[number]
    clips[number] = replace(usual, best=best or usual.best, taken=taken or usual.taken)
    return Run(MACHINE, tuple(clips))


def bests(number: int, part: str, text: str = "next step", away: float = 0.0) -> dict[str, Best]:
    """What is heard in a clip, with one part's winner or its score changed."""
    best = dict(HERE.heard[number].best)
    best[part] = Best(text, best[part].score + away, best[part].margin)
    return best


def test_machines_that_agree_within_the_limit_pass() -> None:
    there = Run(MACHINE, tuple(replace(one, best=bests(at, EARS, away=-0.19)) for at, one in enumerate(HERE.heard)))
    compared = compare("cortex-a72", HERE, there)
    assert compared.faults == ()
    assert (compared.clips, compared.otherwise_taken) == (CLIPS, 0)
    assert [compared.parts[part].same_winner for part in PARTS] == [CLIPS, CLIPS]
    assert compared.parts[DECODER].largest == 0
    assert compared.parts[EARS].largest == pytest.approx(0.19)
    assert compared.parts[EARS].median == pytest.approx(0.19)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    "changes",
    [{"text": "last step"}, {"text": ""}, {"away": 0.3}, {"away": -0.3}, {"away": math.nan}, {"away": math.inf}],
)
def test_another_winner_or_score_of_one_clip_in_two_hundred_is_a_fault_with_its_name(
    part: str, changes: dict[str, object]
) -> None:
    compared = compare("cortex-a72", HERE, mutated(77, best=bests(77, part, **changes)))  # type: ignore[arg-type]
    assert len(compared.faults) == 1
    assert compared.faults[0].startswith(f"077-rms.wav: {part} ")


def test_the_largest_difference_is_told_with_the_winners_that_differ_left_out() -> None:
    compared = compare("cortex-a72", HERE, mutated(3, best=bests(3, DECODER, away=0.3)))
    assert compared.parts[DECODER].largest == pytest.approx(0.3)
    compared = compare("cortex-a72", HERE, mutated(3, best=bests(3, DECODER, text="stop", away=5)))
    assert (compared.parts[DECODER].largest, compared.parts[DECODER].same_winner) == (0, CLIPS - 1)


def test_a_score_may_be_where_the_first_machine_itself_scatters_and_no_further() -> None:
    again = [mutated(77, best=bests(77, DECODER, away=away)) for away in (0.35, 0.3, -0.1)]
    for away, is_fault in ((0.3, False), (0.54, False), (0.56, True), (-0.29, False), (-0.31, True)):
        compared = compare("cortex-a72", HERE, mutated(77, best=bests(77, DECODER, away=away)), again)
        assert bool(compared.faults) is is_fault
        assert compared.parts[DECODER].beyond == (abs(away) > 0.2)
    other = compare("cortex-a72", HERE, mutated(78, best=bests(78, DECODER, away=0.3)), again)
    assert len(other.faults) == 1  # it scatters in that one clip only


def test_as_many_scores_may_lie_elsewhere_as_with_the_first_machine_itself() -> None:
    again = [mutated(at, best=bests(at, EARS, away=0.5)) for at in (10, 20, 30)]  # each once only
    strays = mutated(40, best=bests(40, EARS, away=0.5))
    assert compare("cortex-a72", HERE, strays, again).faults == ()
    clips = list(strays.heard)
    clips[41] = replace(clips[41], best=bests(41, EARS, away=0.5))
    compared = compare("cortex-a72", HERE, Run(MACHINE, tuple(clips)), again)
    assert [fault[:11] for fault in compared.faults] == ["040-rms.wav", "041-rms.wav"]


def test_what_another_phrase_had_when_heard_again_excuses_nothing() -> None:
    again = [mutated(77, best=bests(77, DECODER, text="stop", away=0.3))]
    assert compare("cortex-a72", HERE, mutated(77, best=bests(77, DECODER, away=0.3)), again).faults


def test_a_command_that_is_decided_otherwise_is_a_fault_even_with_the_same_scores() -> None:
    compared = compare("cortex-a72", HERE, mutated(5, taken="rejected (not clear enough)"))
    assert compared.otherwise_taken == 1
    assert compared.faults == ("005-rms.wav: rejected (not clear enough) instead of took “next step”",)


def test_a_clip_that_one_machine_lacks_is_a_fault_on_either_side() -> None:
    short = Run(MACHINE, HERE.heard[:-1])
    for one, other in ((HERE, short), (short, HERE)):
        assert compare("cortex-a72", one, other).faults == ("199-rms.wav: heard by one machine only",)


def test_no_clips_a_clip_twice_and_other_models_are_faults() -> None:
    nothing, twice = Run(MACHINE, ()), Run(MACHINE, (*HERE.heard, HERE.heard[0]))
    assert compare("cortex-a72", nothing, nothing).faults == ("no clip was heard by both",)
    assert compare("cortex-a72", HERE, twice).faults == ("a clip was heard twice",)
    other = Run({**MACHINE, "models": {**MODELS, "table": "ff"}}, HERE.heard)
    assert compare("cortex-a72", HERE, other).faults == ("table is not the same on both machines",)


def write(folder: Path, name: str, run: Run) -> None:
    lines = [json.dumps({"machine": run.machine}), *map(line_of, run.heard)]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


class Published:
    """The comparison of two processors' files with this machine's, as scripts/check-arm64 calls it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.page, self.figures = folder / "page.md", folder / "measured" / "arm64.json"
        self.page.write_text("# By hand\n", encoding="utf-8")
        monkeypatch.setattr(scores_page, "PAGE", self.page)
        monkeypatch.setattr(scores_page, "FIGURES", self.figures)
        cpus = ["--cpu=cortex-a72", "--cpu=cortex-a76"]
        monkeypatch.setattr(sys, "argv", ["scores_page", str(folder), "--emulator", "qemu-aarch64 version 7.2", *cpus])
        for name in ("here", "here-1", "cortex-a72", "cortex-a76"):
            write(folder, name, HERE)

    def is_nothing(self) -> bool:
        """Whether neither file was written."""
        return not self.figures.exists() and self.page.read_text(encoding="utf-8") == "# By hand\n"


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Published:
    return Published(tmp_path, monkeypatch)


def test_what_was_heard_comes_out_of_its_file_as_it_went_in(tmp_path: Path) -> None:
    write(tmp_path, "here", HERE)
    assert read_run(tmp_path / "here.jsonl") == HERE


def test_a_whole_run_that_agrees_is_published(published: Published, capsys: pytest.CaptureFixture[str]) -> None:
    assert scores_page.main() == 0
    assert "cortex-a76" in capsys.readouterr().out
    assert json.loads(published.figures.read_text(encoding="utf-8"))["clips"] == CLIPS
    page = published.page.read_text(encoding="utf-8")
    assert page.startswith("# By hand\n")
    assert "| cortex-a72 (Raspberry Pi 4) | 200 | 200 | 0.000, 0.000, 0 | 200 | 0.000, 0.000, 0 | 0 |" in page


def test_what_this_machine_itself_decides_otherwise_with_noise_is_shown_and_no_fault(
    published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    write(published.folder, "here-1", mutated(9, taken="rejected (not clear enough)"))
    assert scores_page.main() == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(scores_page.ITSELF))
    assert row.rstrip().endswith(" 1")


def test_one_clip_of_one_processor_that_differs_fails_the_run_and_nothing_is_published(
    published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    write(published.folder, "cortex-a76", mutated(9, best=bests(9, DECODER, away=0.3)))
    assert scores_page.main() == 1
    assert "cortex-a76: 009-rms.wav: decoder scores 9.200, not 8.900 to 8.900" in capsys.readouterr().err
    assert published.is_nothing()


@pytest.mark.parametrize("damage", ["missing", "cut", "empty", "of no machine"])
def test_a_processor_whose_file_is_not_whole_fails_the_run(published: Published, damage: str) -> None:
    path = published.folder / "cortex-a72.jsonl"
    text = path.read_text(encoding="utf-8")
    if damage == "missing":
        path.unlink()
    else:
        path.write_text({"cut": text[:-9], "empty": "", "of no machine": text.partition("\n")[2]}[damage], "utf-8")
    assert scores_page.main() == 1
    assert published.is_nothing()


def test_a_shorter_run_that_agrees_passes_and_is_not_published(published: Published) -> None:
    for name in ("here", "here-1", "cortex-a72", "cortex-a76"):
        write(published.folder, name, Run(MACHINE, HERE.heard[:8]))
    assert scores_page.main() == 0
    assert published.is_nothing()


def test_the_page_shows_the_figures_that_are_kept() -> None:
    figures = json.loads(scores_page.FIGURES.read_text(encoding="utf-8"))
    assert scores_page.section(figures).strip() in scores_page.PAGE.read_text(encoding="utf-8")
    assert figures["clips"] >= CLIPS
    assert [one["name"] for one in figures["processors"]] == [scores_page.ITSELF, *scores_page.BOARDS]
