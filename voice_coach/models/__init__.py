"""Speech models: which there are, where they lie, whether they are whole, and how they get here."""

from voice_coach.models.catalogue import Model, find_model, load_catalogue
from voice_coach.models.fetch import fetch
from voice_coach.models.places import find_vosk_model
from voice_coach.models.seal import verify

__all__ = ["Model", "fetch", "find_model", "find_vosk_model", "load_catalogue", "verify"]
