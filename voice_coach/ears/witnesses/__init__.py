"""Witnesses: each reports evidence about one utterance; none decides."""
