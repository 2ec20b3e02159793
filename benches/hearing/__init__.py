"""How well each engine hears commands in a bathroom, and what it takes for one; writes docs/hearing.md.

Synthetic voices say the coach's own phrases in five places for which the project has targets (quiet, a room, running
water), and in a sample of wider conditions. Talk, near words and noise, recorded or made, show what is taken for a
command by mistake. Compared are the coach's engines and two plain uses of speech recognisers. No real person in a real
bathroom is measured, and not what the coach does with a command.

The exit status is 1 when the small run is below its floors.
"""
