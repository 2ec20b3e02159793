"""People's own words: how many phrasings that nobody has listed are understood, typed and spoken.

Two lists of 249 phrasings and 100 sentences that are no command were written from imagination, with nothing but a line
about each meaning at hand, before any template was written for them (28 November 2026). tune.tsv may be looked at while
the ears and the understanding are improved; test.tsv is for the figures alone. A line has a meaning (an intent, or
"none"), its value (minutes, or the id of a mask, a step and the like) and the phrasing, with tabs between.

Spoken they are by each voice in quiet, one after another in one stream, while the coach waits for such a command.
"""
