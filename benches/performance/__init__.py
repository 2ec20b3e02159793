"""What the coach costs and how quickly it answers; writes docs/performance.md.

The real program with the real recogniser and voice on the virtual sound card: time to decode an utterance, processor
and memory of the idle coach, time from start to first sound, and replies in a whole rehearsal. It is measured on this
machine, whichever it is. On x86-64 the estimates for Raspberry Pis in docs/raspberry-pi.md are made of the figures.
"""
