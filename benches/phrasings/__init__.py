"""People's own words: how many phrasings that nobody has listed are understood, typed and spoken.

Two lists of phrasings and of sentences that are no command were written from imagination, with nothing but a line
about each meaning at hand, before any template was written for them (28 November 2026). tune.tsv (207 and 98) may be
looked at while the ears and the understanding are improved; test.tsv (249 and 100) is for the figures alone. No
sentence is in both. A line has a meaning (an intent, or "none"), its value (minutes, or the id of a mask, a step and
the like) and the phrasing, with tabs between.

Spoken they are by each voice in quiet, one after another in one stream, while the coach waits for such a command.
"""
