"""How the voices compare: start, rendering, memory, loudness, pace, and what of them the coach's own ears understand.

Prints a JSON line for each voice. All sentences of content/en/wording.toml without a blank, and all steps of its
routines, are rendered with no cache. How pleasant a voice is to a person is not measured.
"""
