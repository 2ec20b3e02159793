"""Rehearsals: a synthetic person talks to the real coach on a virtual sound card, and its answers are timed."""
