"""The coach hears itself: its own sentences must not command it, a person who talks over them must be obeyed.

The first part is computed: all sentences of the coach, through several echo paths, with and without a person. The
second one is played: the real program on the virtual card, interrupted again and again. No real loudspeaker and
microphone are measured. The figures are published, and no limit is checked: the exit status says nothing about them.

The last line is a JSON summary.
"""
