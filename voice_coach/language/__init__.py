"""All text of the coach in each language: the commands that a person can give, their wordings, and the coach's answers.

All functions here are pure.
"""

from voice_coach.language.intents import Intent, IntentSpec
from voice_coach.language.pack import LanguagePack
from voice_coach.language.phrases import Phrase, PhraseBook
from voice_coach.language.understanding import Understood, understand
from voice_coach.language.wording import Message, Wording

__all__ = [
    "Intent",
    "IntentSpec",
    "LanguagePack",
    "Message",
    "Phrase",
    "PhraseBook",
    "Understood",
    "Wording",
    "understand",
]
