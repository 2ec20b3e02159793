"""Korean told to an English voice, sound by sound: how a word is spoken, after the rules of standard pronunciation.

The rules are those of the National Institute of Korean Language (standard pronunciation, chapters 2, 4 and 5) for what
happens where two syllables meet, as far as everyday words need them; the English sounds are the nearest that there are.
"""

from __future__ import annotations

from itertools import pairwise

LEADS, VOWELS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
TAILS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
_FIRST_SYLLABLE, _VOWELS_AND_TAILS, _TAILS = 0xAC00, 588, 28
"""How Unicode counts syllables."""
_SPLIT = {
    "ㄳ": "ㄱㅆ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅆ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅆ",
}  # fmt: skip
_AT_THE_END = {
    **dict.fromkeys("ㄲㅋㄳㄺ", "ㄱ"), **dict.fromkeys("ㅅㅆㅈㅊㅌㅎ", "ㄷ"), **dict.fromkeys("ㅍㅄㄿ", "ㅂ"),
    **dict.fromkeys("ㄵㄶ", "ㄴ"), **dict.fromkeys("ㄼㄽㄾㅀ", "ㄹ"), "ㄻ": "ㅁ",
}  # fmt: skip
_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))
_BREATHED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))
_NASAL = dict(zip("ㄱㄷㅂ", "ㅇㄴㅁ", strict=True))
_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}
_VOICED = {"ㄱ": "\u0261", "ㄷ": "d", "ㅂ": "b", "ㅈ": "ʤ"}
_STRESS = "\u02c8"
_BEFORE_S = "ㅣㅑㅕㅛㅠㅟ"
_LEAD_SOUNDS = dict(zip(LEADS, ["k", "k", "n", "t", "t", "T", "m", "p", "p", "s", "s", "", *"ʧʤʧktph"], strict=True))
_VOWEL_SOUNDS = dict(
    zip(VOWELS, "\u0251 ɛ j\u0251 jɛ ʌ ɛ jʌ jɛ O w\u0251 wɛ wɛ jO u wʌ wɛ wi ju ʊ i i".split(), strict=True)  # noqa: SIM905 - a row
)
_TAIL_SOUNDS = {"": "", **dict(zip("ㄱㄴㄷㄹㅁㅂㅇ", "kntlmpŋ", strict=True))}

Syllable = list[str]
"""Lead, vowel and tail."""


def told_in_sounds(text: str) -> str:
    """A text in hibari's notation for words whose sounds are told: [word](/sounds/)."""
    return " ".join(f"[{word}](/{_sounds(word)}/)" for word in text.split())


def pronounced(word: str) -> list[Syllable]:
    """The syllables of a Korean word as they are spoken."""
    syllables = [_apart(sign) for sign in word]
    for one, other in pairwise(syllables):
        _meet(one, other)
    if syllables:
        syllables[-1][2] = _AT_THE_END.get(syllables[-1][2], syllables[-1][2])
    return syllables


def _apart(sign: str) -> Syllable:
    place = ord(sign) - _FIRST_SYLLABLE
    return [LEADS[place // _VOWELS_AND_TAILS], VOWELS[place % _VOWELS_AND_TAILS // _TAILS], TAILS[place % _TAILS]]


def _meet(one: Syllable, other: Syllable) -> None:
    """Change the tail of a syllable and the lead of the next as they are spoken together."""
    tail = one[2]
    if not tail:
        return
    if other[0] == "ㅇ":
        _link(one, other)
        return
    breath = tail in "ㅎㄶㅀ"
    if breath and (other[0] in _BREATHED or other[0] == "ㅅ"):
        other[0] = _BREATHED.get(other[0], "ㅆ")
        one[2] = {"ㅎ": "", "ㄶ": "ㄴ", "ㅀ": "ㄹ"}[tail]
        return
    end = _AT_THE_END.get(tail, tail)
    if other[0] == "ㅎ" and end in _BREATHED:
        one[2], other[0] = "", "ㅊ" if tail == "ㅈ" else _BREATHED[end]
        return
    one[2], other[0] = _beside(end, other[0])


def _link(one: Syllable, other: Syllable) -> None:
    """The tail is spoken at the beginning of the next syllable, which has no lead of its own."""
    if one[2] == "ㅇ":
        return
    both = _SPLIT.get(one[2], one[2])
    stays, goes = both[:-1], both[-1]
    if goes == "ㅎ":
        one[2], other[0] = "", stays or "ㅇ"
        return
    if other[1] == "ㅣ":
        goes = _PALATAL.get(goes, goes)
    one[2], other[0] = stays, goes


def _beside(end: str, lead: str) -> tuple[str, str]:
    """A tail before a lead: obstruents make the lead tense or become nasal themselves, liquids spread."""
    if end in _NASAL and lead == "ㄹ":
        return _NASAL[end], "ㄴ"
    if end in _NASAL:
        return (_NASAL[end], lead) if lead in "ㄴㅁ" else (end, _TENSE.get(lead, lead))
    if {end, lead} == {"ㄴ", "ㄹ"}:
        return "ㄹ", "ㄹ"
    return (end, "ㄴ") if end in "ㅁㅇ" and lead == "ㄹ" else (end, lead)


def _sounds(word: str) -> str:
    sounds: list[str] = []
    is_voiced = False
    for number, (lead, vowel, tail) in enumerate(pronounced(word)):
        sounds.append(_lead_sound(lead, vowel, sounds, is_voiced=is_voiced))
        sounds += [_STRESS if number == 0 else "", _VOWEL_SOUNDS[vowel], _TAIL_SOUNDS[tail]]
        is_voiced = tail in "ㄴㄹㅁㅇ"  # so is no tail at all
    return "".join(sounds)


def _lead_sound(lead: str, vowel: str, before: list[str], *, is_voiced: bool) -> str:
    if is_voiced and lead in _VOICED:
        return _VOICED[lead]
    if lead in "ㅅㅆ" and vowel in _BEFORE_S:
        return "ʃ"
    if lead == "ㄹ" and before and before[-1] == "l":
        return "l"
    return str(_LEAD_SOUNDS[lead])
