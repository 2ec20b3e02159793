"""How probable is each sentence of a closed grammar, given this sound?

Nothing is transcribed: a speech model is asked for the probability of each sentence that could have been said, and of
the same sentence when nobody speaks. Knows no command and no microphone.
"""

from voice_coach.ears.closed_grammar.automaton import TokenAutomaton
from voice_coach.ears.closed_grammar.calibration import (
    Calibration,
    StepCalibration,
    calibrate,
    calibrate_steps,
    fingerprint,
    joined,
    key_of,
    load,
)
from voice_coach.ears.closed_grammar.decoder import Background, Beam, Decoder, Scored
from voice_coach.ears.closed_grammar.grammar import Grammar, Reading
from voice_coach.ears.closed_grammar.speech_model import SAMPLE_RATE, SpeechModel

__all__ = [
    "SAMPLE_RATE",
    "Background",
    "Beam",
    "Calibration",
    "Decoder",
    "Grammar",
    "Reading",
    "Scored",
    "SpeechModel",
    "StepCalibration",
    "TokenAutomaton",
    "calibrate",
    "calibrate_steps",
    "fingerprint",
    "joined",
    "key_of",
    "load",
]
