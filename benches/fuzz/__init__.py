"""Anything at all as settings, content, recordings, journals, texts and command lines: never a traceback.

Inputs are made by hypothesis, the same for the same seed. A target is a strategy of hypothesis and a check. An input
fails when the coach answers with anything but a result or an error in a sentence. Live sound is not fuzzed, and nothing
over the network.

The last line is the summary as JSON; the exit status is 1 when an input did what none may.
"""
