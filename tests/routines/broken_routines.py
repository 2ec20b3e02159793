"""Thirty files that are no routine: what a person wrote, and for each mistake its line and a part of what is told."""

from __future__ import annotations

HEAD = 'name = "Mine"\nlanguage = "en"\n'
WASH = '[[steps]]\ntitle = "Wash"\nsay = "Wash your face."\n'
MASK = '[[steps]]\ntitle = "Mask on"\nsay = "Put it on."\n'
REST = '[[steps]]\ntitle = "Rest"\nsay = "Lie down."\nhold = 10\n'
RINSE = '[[steps]]\ntitle = "Rinse"\nsay = "Wash it off."\n'
GOOD = HEAD + WASH + MASK + REST + RINSE

Broken = tuple[str, str | bytes, tuple[str, ...]]

BROKEN: tuple[Broken, ...] = (
    ("empty", "", ("it is empty",)),
    (
        "comments only",
        "# later\n",
        ("line 1: name is missing", "line 1: language is missing", "line 1: steps is missing"),
    ),
    ("not TOML at all", "Dear diary,\n", ("line 1: not TOML",)),
    ("another encoding", HEAD.encode() + "name = 'crème'\n".encode("latin-1"), ("line 3: it is not UTF-8",)),
    ("binary", b"\x00\x01\x02 = \x00", ("line 1: not TOML",)),
    ("too large", GOOD + "# more\n" * 20_000, ("larger than 100 kB",)),
    ("too deep", "a = " + "[" * 20_000, ("too many brackets",)),
    ("a number too long", HEAD + f"times_a_week = {'9' * 5000}\n", ("a number that is too long",)),
    (
        "words without quotes, and a mistake behind",
        GOOD.replace('"Wash your face."', "Wash your face") + "onyl = 3\n",
        ("line 5: not TOML (Invalid value)", 'line 16: steps 4: "onyl" is unknown here; did you mean "only"'),
    ),
    ("a quote that is not closed", GOOD.replace('your face."', "your face."), ("line 5: not TOML (Illegal",)),
    ("no equals sign", GOOD.replace("hold = 10", "hold 10"), ("line 12: not TOML",)),
    (
        "a list that is not closed",
        GOOD.replace("hold = 10", 'hold = 10\nreminders = [\n  "Breathe.",\n') + "whi = 1\n",
        ("line 13: not TOML (Unclosed array)", 'steps 4: "whi" is unknown here; did you mean "why"'),
    ),
    ("a long text that is not closed", HEAD + 'often = """\n' + WASH, ("line 3: not TOML (Unterminated string",)),
    (
        "a header that is not closed",
        GOOD.replace('[[steps]]\ntitle = "Rest', '[[steps]\ntitle = "Rest'),
        ("line 9: not",),
    ),
    ("a name twice", GOOD + 'say = "Again."\n', ("line 16: not TOML (Cannot overwrite a value): the name is there",)),
    (
        "wrong kinds of values",
        (
            'name = 5\nlanguage = ["en"]\ntimes_a_week = 2.5\n'
            '[[steps]]\ntitle = true\nsay = 1979-05-27\noptional = "yes"\nwords = "cream"\n'
        ),
        (
            "line 1: name must be a text of at most 40 characters, not 5",
            "line 2: language must be a text",
            "line 3: times_a_week must be a whole number of times a week from 1 to 7, not 2.5",
            "line 5: steps 1: title must be a text",
            "line 6: steps 1: say must be a text",
            'line 7: steps 1: optional must be true or false, without quotes, not "yes"',
            "line 8: steps 1: words must be a list of 1 to 8",
        ),
    ),
    (
        "names that do not exist",
        HEAD + 'titel = "x"\n' + WASH + 'because = "y"\n[steps.skin.greasy]\nhow = "z"\n',
        (
            'line 3: "titel" is unknown here',
            'line 7: steps 1: "because" is unknown',
            'steps 1 skin: "greasy" is unknown',
        ),
    ),
    (
        "unknown skins, masks, dayparts and milestones",
        HEAD
        + 'mask = "clai"\n[skin.sensitve]\nminutes = 8\n'
        + WASH
        + 'only = "evning"\n'
        + MASK
        + REST
        + 'milestones = ["haf", 7, 5]\n'
        + RINSE,
        (
            'line 3: mask must be one of "facial", "clay"',
            'line 4: skin: "sensitve" is unknown here; did you mean "sensitive"?',
            'line 9: steps 1: only must be one of "day", "evening", not "evning"; did you mean "evening"?',
            'milestones 1 must be one of "half", 10, 5, 3, 2, 1, not "haf"; did you mean "half"?',
            "line 17: steps 3 milestones: milestones 2 must be one of",
        ),
    ),
    (
        "too long",
        HEAD.replace("Mine", "M" * 41) + WASH.replace("Wash your face.", "Wash. " * 30) + f'why = "{"w" * 201}"\n',
        (
            "line 1: name has 41 characters, but at most 40 are allowed; leave 1 out",
            "line 5: steps 1: say has 180 characters, but at most 160 are allowed; leave 20 out",
            "line 6: steps 1: why has 201 characters, but at most 200",
        ),
    ),
    (
        "too many",
        HEAD + "".join(WASH.replace("Wash", f"Wash {number}") for number in range(31)),
        ("line 3: steps has 31 entries; keep at most 30",),
    ),
    (
        "too many and too long reminders",
        HEAD
        + MASK
        + REST
        + f"reminders = {['r' * 121] + [f'Breathe {n}.' for n in range(5)]}\n".replace("'", '"')
        + RINSE,
        ("line 10: steps 2: reminders has 6 entries; keep at most 5", "reminders 1 has 121 characters"),
    ),
    (
        "holds that cannot be",
        GOOD.replace("hold = 10", "hold = 0")
        + REST.replace("Rest", "More rest").replace("10", "61")
        + RINSE.replace("Rinse", "Rub"),
        (
            'line 12: steps 3: hold must be a number of minutes from 1 to 60, or "overnight", not 0',
            'line 19: steps 5: hold must be a number of minutes from 1 to 60, or "overnight", not 61',
            "line 19: steps 5: there is a hold already",
        ),
    ),
    (
        "a hold without anything around it",
        HEAD + REST,
        ("line 6: steps 1: nothing is put on before the hold", "line 6: steps 1: nothing follows the hold"),
    ),
    (
        "what belongs to a hold, without one",
        HEAD + WASH + 'longest = 20\nmilestones = [5]\nreminders = ["Breathe."]\n',
        tuple(
            f"line {6 + at}: steps 1: {key} belongs to a step"
            for at, key in enumerate(("longest", "milestones", "reminders"))
        ),
    ),
    (
        "overnight with a countdown",
        GOOD.replace("hold = 10", 'hold = "overnigt"\nlongest = 20') + MASK,
        (
            'steps 3: hold must be a number of minutes from 1 to 60, or "overnight", not "overnigt"',
            "steps 5: another step has",
        ),
    ),
    (
        "times that do not fit",
        HEAD + "[skin.dry]\nminutes = 40\n" + MASK + REST + "longest = 5\n" + RINSE,
        ("line 4: skin dry: minutes is more than the longest of 5", "line 12: steps 2: longest is less than hold"),
    ),
    (
        "two steps of one id",
        GOOD + WASH + 'id = "rinse"\n',
        ('line 19: steps 5: another step has the id "rinse", too',),
    ),
    (
        "times of day that do not fit",
        HEAD
        + WASH
        + 'only = "day"\n'
        + RINSE
        + 'only = "evening"\ninstead = "No."\n[[steps]]\ntitle = "!!!"\nsay = ""\ninstead = "x"\n',
        (
            "line 13: steps 3: the title '!!!' makes no id; add a line such as id = \"toner\"",
            "line 14: steps 3: say is blank",
            "line 15: steps 3: instead is never said without only",
        ),
    ),
    (
        "never a step",
        HEAD + WASH + 'only = "day"\n' + RINSE + 'only = "evening"\n',
        ("line 3: there is no step for every",),
    ),
    (
        "sources that are none",
        HEAD
        + 'often = { say = "Twice.", source = 5 }\n'
        + WASH
        + 'source = "me"\n'
        + RINSE
        + 'why = "So."\nsource = { link = "me.html", nmae = "me" }\n',
        (
            "line 3: often: source must be a table with name, link, or a text",
            "line 7: steps 1: a source is nothing without a why",
            "line 12: steps 2 source: name is missing",
            "line 12: steps 2 source: link must be a text",
            'line 12: steps 2 source: "nmae" is unknown here; did you mean "name"?',
        ),
    ),
)
