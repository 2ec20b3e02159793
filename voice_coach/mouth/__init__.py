"""How the coach speaks: a sentence becomes a WAV, a WAV becomes sound, and its end an event."""
