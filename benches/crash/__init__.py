"""A real session is killed again and again (kill -9), at random moments; each restart must find its place.

The real program on the virtual sound card is led by voice. A restart is right when it restores what the killed coach
had told last in its JSON lines. It is also right, and counted by itself, when it restores what a command led to that
was under way. Settings, skipped steps, announcements of the hold and the history are judged too. Because the system's
memory survives a killed program, nothing here shows whether the coach forces its files to the disk: power-cut does.

The last line is a JSON summary; the exit status is 0 when nothing was wrong.
"""
