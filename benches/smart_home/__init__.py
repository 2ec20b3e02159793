"""Commands to a smart home, from the nearest relative's tests: how many are taken, and how many other sentences.

This measures the coach's ears on another person's words: the public test recordings of speech-to-phrase, which listens
for a list of sentences as the coach does (Home Assistant's world, Apache-2.0). The sentences that are said in them are
the whole list here. Nothing is tuned for them but the share of the trained weights in the encoder, which was chosen
with them, too. Some are of a real person, some of synthetic voices; the foreign ones hold no sentence of the list.
"""
