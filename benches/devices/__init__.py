"""Plugs are pulled and put back, again and again, and the coach goes on: how soon, and whether anything is lost.

The real program on the virtual card is in its hold. Microphone and speaker are pulled alternately and together, softly
(the sound server moves the streams elsewhere and tells nobody) and hard (they end with an error), in silence, in the
middle of a sentence of the coach and in the middle of a word of the person. After each time the person says a command.
Real USB devices and their drivers are not measured.

The last line is a JSON summary; the exit status is 0 when nothing was lost and each device was back within two seconds.
"""
