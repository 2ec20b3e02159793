"""How well Vosk hears Korean, and what it takes for a command; writes its section of docs/hearing.md.

Synthetic Korean voices say the coach's Korean phrases, and everyday sentences that hold no command, in quiet, in a room
and beside a running tap. With --learn it learns anew how the model mishears letters, from the voices for tuning. No
real speaker of Korean is measured; no target is checked.
"""
