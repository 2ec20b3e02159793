"""From a sentence to sound: synthesiser, cache, speaker, cues."""

from voice_coach.mouth.mouth import SpeakingMouth, open_mouth

__all__ = ["SpeakingMouth", "open_mouth"]
