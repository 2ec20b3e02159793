"""A person who lives with one coach for an hour: nothing missed, nothing leaked; writes docs/soak.md.

One coach process on the virtual sound card is walked through routine after routine. Its memory, threads, processes and
open files are counted meanwhile. What days and weeks bring is not measured.

The last line is the summary as JSON; the exit status is 1 when something was missed by fault of ours, or when memory,
threads or open files grew.
"""
