"""Text in and text out, in each language: what a person can mean, how it is worded, and how the coach answers. Pure."""

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
