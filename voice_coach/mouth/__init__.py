"""The mouth, which turns sentences into sound: a synthesiser, a cache, a speaker and cues."""

from voice_coach.mouth.mouth import SpeakingMouth, open_mouth

__all__ = ["SpeakingMouth", "open_mouth"]
