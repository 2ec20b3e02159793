"""Recognisers: each listens to an utterance and returns an n-best list of phrases with scores."""

from __future__ import annotations
