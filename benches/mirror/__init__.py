"""The mirror watched by nobody, one, a hundred and a thousand while a person is led through: what it costs the voice.

Whole rehearsals on the virtual sound card: without the page, with it, with one browser, and with a browser, 99 programs
and 1,000 clients that come at once in the hold, twice. Everything runs on one machine over its loopback: no radio
network and no real phone are measured.

The last line is a JSON summary; the exit status is 0 when all limits hold.
"""
