"""A satellite's recordings through the Wyoming server: how many are understood, and how soon the answer comes.

The real client library drives the real server (`voice-coach wyoming --sentences FILE`) with the public test recordings
of speech-to-phrase: commands of a real person, of synthetic voices, and sentences that are no command. FILE is written
by the bench: the sentences of the commands, as the recordings' table has them. A transcript counts as right only when
it is that sentence letter by letter; of a foreign one nothing may be taken.
"""
