"""`voice-coach routine`: write a routine of one's own, have it checked, read and led through."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import jsonschema
import pytest

from tests.command_line import Done, run_here
from tests.routines.broken_routines import GOOD
from voice_coach.content_index import all_routine_names, languages, shipped_names
from voice_coach.errors import ContentError
from voice_coach.language.understanding import understand
from voice_coach.library import is_own, load_language, load_routine, load_routines, routine_names, shipped_text
from voice_coach.routine_folder import own_path
from voice_coach.routines import ROUTINE, routine_json_schema

ROOT = Path(__file__).parents[2]
SHIPPED = [(name, language) for language in languages() for name in shipped_names(language)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of configuration, for this process and those that it starts."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config"


def write(name: str, text: str) -> Path:
    path = own_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str, **environment: str) -> Done:
    return run_here(["routine", *arguments], {**os.environ, **environment})


def test_what_new_writes_is_checked_listed_shown_and_tried() -> None:
    written = run("new", "mine")
    assert written.returncode == 0, written.stderr
    assert written.stdout.startswith(f"{own_path('mine')}\n")
    assert own_path("mine").read_text(encoding="utf-8").startswith("#:schema ./routine.schema.json\n")
    assert (own_path("mine").parent / "routine.schema.json").is_file()
    checked = run("check", "mine")
    assert (checked.returncode, "has no mistakes" in checked.stdout) == (0, True)
    assert '"serum"' in checked.stdout
    (mine,) = [row for row in json.loads(run("list", "--json").stdout) if row["own"]]
    assert (mine["name"], mine["title"], mine["minutes"], mine["steps"]) == ("mine", "Mine", 10, 6)
    assert "Why: On clean skin" in " ".join(run("show", "mine").stdout.split())


def test_trying_tells_what_is_said_and_at_which_minute() -> None:
    write("mine", GOOD.replace("hold = 10", 'hold = 10\nreminders = ["Breathe."]'))
    said = run("try", "mine").stdout
    for part in (
        "1. Wash\n",
        "Wash your face.",
        ":00",
        "(bell)",
        "Breathe.",
        "Two minutes are left.",
        "(chime)",
        "4. Rinse",
    ):
        assert part in said
    minutes = {line.split(None, 1)[1]: line.split(":")[0].strip() for line in said.splitlines() if ":" in line}
    assert int(minutes["(chime)"]) - int(minutes["(bell)"]) == 10


def test_new_overwrites_nothing_and_copies_what_ships() -> None:
    path = write("mine", GOOD)
    assert "is there already" in run("new", "mine").stderr
    assert path.read_text(encoding="utf-8") == GOOD
    assert run("new", "copy", "--from", "facial_mask").returncode == 0
    assert load_routine("copy", "en").steps == load_routine("facial_mask", "en").steps
    assert 'did you mean "facial_mask"' in run("new", "other", "--from", "facialmask").stderr


@pytest.mark.parametrize("name", ["../up", "", "a b", "x" * 41, "-x", "a/b"])
def test_a_name_that_is_none_for_a_file_is_refused(name: str) -> None:
    refused = run("new", "--", name)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("voice-coach: ")


def test_check_tells_all_mistakes_and_leaves_with_2() -> None:
    path = write("mine", GOOD.replace("hold = 10", "hold = 99\nlongst = 20"))
    for what in ("mine", str(path)):
        wrong = run("check", what)
        assert wrong.returncode == 2
        assert "line 12: steps 3: hold must be" in wrong.stderr
        assert 'line 13: steps 3: "longst" is unknown here; did you mean "longest"?' in wrong.stderr


def test_check_tells_names_that_cannot_be_spoken_or_mean_something_else() -> None:
    write("mine", GOOD + 'words = ["next step", "no 5", "my drops"]\n')
    told = run("check", "mine").stdout
    assert 'cannot be called "next step": "go to the next step" means something else.' in told
    assert 'cannot be called "no 5": only letters' in told
    assert '"my drops"' in told


@pytest.mark.usefixtures("processes")
def test_after_editing_the_file_is_checked() -> None:
    write("mine", GOOD)
    edited = run("edit", "mine", VISUAL="sed -i s/10/0/")
    assert (edited.returncode, "line 12" in edited.stderr) == (2, True)
    assert "voice-coach routine new" in run("edit", "facial_mask").stderr


def test_a_broken_routine_is_told_by_name_when_it_is_chosen_and_stops_no_other() -> None:
    path = write("mine", "name = 5\n")
    assert "mine" in routine_names("en")
    assert "mine" not in load_routines("en")
    chosen = run_here(["start", "--routine", "mine"], os.environ)
    assert chosen.returncode == 2
    assert f"{path} has 3 mistakes:" in chosen.stderr
    assert "with mistakes" in " ".join(run("list").stdout.split())


def test_an_own_routine_takes_precedence_over_a_shipped_one_of_its_language() -> None:
    write("facial_mask", GOOD)
    assert load_routine("facial_mask", "en").title == "Mine"
    write("facial_mask", GOOD.replace('"en"', '"ko"'))
    assert load_routine("facial_mask", "en").title == "Facial mask"
    write("mine", GOOD.replace('"en"', '"ko"'))
    assert "mine" not in routine_names("en")
    assert "mine" in all_routine_names()
    with pytest.raises(ContentError, match="start with --lang ko"):
        load_routine("mine", "en")


def test_its_steps_can_be_named_by_voice_without_code() -> None:
    write("mine", GOOD + '[[steps]]\ntitle = "Spray on the rose water"\nsay = "Spray it."\n')
    mine = load_routine("mine", "en")
    phrase = load_language("en").phrase_book_with(mine).by_text["go to the rose water"]
    assert (phrase.intent.value, phrase.slot_value) == ("go_to", "spray_on_the_rose_water")
    assert load_language("en").phrase_book_with(mine).by_text["skip rose water"].slot_value == "spray_on_the_rose_water"
    assert load_language("en").phrase_book_with(mine).shipped is load_language("en").phrase_book
    meant = understand("could you skip the rose water please", load_language("en").understander_with(mine))
    assert (meant.intent and meant.intent.value, meant.slot_value) == ("skip", "spray_on_the_rose_water")
    assert [is_own(name, "en") for name in ("mine", "facial_mask")] == [True, False], "only these names are found"


@pytest.mark.parametrize(("name", "language"), SHIPPED)
def test_every_shipped_routine_fits_the_schema(name: str, language: str) -> None:
    jsonschema.Draft7Validator(routine_json_schema()).validate(tomllib.loads(shipped_text(name, language)))


@pytest.mark.parametrize("language", languages())
def test_the_template_of_every_language_is_a_routine_and_fits_the_schema(language: str) -> None:
    text = load_language(language).document("own_routine").text("template").replace("{title}", "x")
    document = tomllib.loads(text)
    jsonschema.Draft7Validator(routine_json_schema()).validate(document)
    write("mine", text)
    assert document["language"] == language
    assert load_routine("mine", language).hold is not None


def test_the_example_of_the_page_is_a_routine_whose_steps_can_be_named() -> None:
    page = (ROOT / "docs" / "routines.md").read_text(encoding="utf-8")
    write("rose", page.partition("```toml\n")[2].partition("```")[0])
    rose = load_routine("rose", "en")
    assert load_language("en").phrase_book_with(rose).by_text["skip the mist"].slot_value == "spray_on_the_rose_water"


def test_the_schema_that_ships_is_the_one_of_the_parser() -> None:
    jsonschema.Draft7Validator.check_schema(routine_json_schema())
    shipped = (ROOT / "voice_coach" / "content" / "routine.schema.json").read_text(encoding="utf-8")
    assert shipped == run("schema").stdout, "run: voice-coach routine schema > voice_coach/content/routine.schema.json"


LIMITS = {
    "name": ("x" * 40, "x" * 41),
    "language": ("en", "english"),
    "mask": ("clay", "cley"),
    "times_a_week": (7, 8),
    "steps": ([{"title": "x", "say": "x"}] * 30, [{"title": "x", "say": "x"}] * 31),
    "warning": ({"say": "x" * 200}, {"say": "x" * 201}),
}


@pytest.mark.parametrize("name", LIMITS)
def test_schema_and_parser_agree_on_limits(name: str) -> None:
    validator = jsonschema.Draft7Validator(routine_json_schema())
    for value, is_allowed in zip(LIMITS[name], (True, False), strict=True):
        document = tomllib.loads(GOOD) | {name: value}
        assert validator.is_valid(document) is is_allowed
        assert (list(ROUTINE.mistakes(document, ())) == []) is is_allowed


STEP_LIMITS = {
    "id": ("wash_1", "wash 1"),
    "title": ("x" * 40, "x" * 41),
    "say": ("x" * 160, "x" * 161),
    "how": ("x" * 160, " "),
    "why": ("x" * 200, "x" * 201),
    "source": ("me", {"link": "x"}),
    "words": (["x"] * 8, []),
    "optional": (True, "true"),
    "only": ("evening", "noon"),
    "skin": ({"dry": {"how": "x"}}, {"wet": {"how": "x"}}),
    "hold": (60, 60.5),
    "longest": (1, 0.5),
    "milestones": (["half", 1], [4]),
    "reminders": (["x" * 120] * 5, ["x"] * 6),
}


@pytest.mark.parametrize("name", STEP_LIMITS)
def test_schema_and_parser_agree_on_limits_of_a_step(name: str) -> None:
    validator = jsonschema.Draft7Validator(routine_json_schema())
    for value, is_allowed in zip(STEP_LIMITS[name], (True, False), strict=True):
        document = tomllib.loads(GOOD)
        document["steps"][0][name] = value
        assert validator.is_valid(document) is is_allowed
        assert (list(ROUTINE.mistakes(document, ())) == []) is is_allowed
