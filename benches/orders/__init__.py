"""Real people's coffee orders in kitchen noise: how many are understood with every slot right.

This measures the closed-grammar decoder on another task than the coach's: orders of coffee, with the recordings, the
grammar and the noise of Picovoice's public speech-to-intent benchmark, and its rule of mixing. It shows how the decoder
does with real people, beside figures that others have published. It does not measure the coach: none of its phrases and
commands, no rejection of other talk, no bathroom. Those are measured by hearing.

Prints a JSON line for each ratio of speech to noise.
"""
