"""Whether the decoder's search finds the phrase that exact scoring of every phrase finds.

Synthetic voices say phrases of the shipped phrase book in quiet. For each clip the result of the decoder's search is
compared with the best of all sentences scored one by one. Whether that is the phrase that was said does not count:
how well commands are heard is measured by hearing.

The last line is a JSON object; the exit status is 1 below 99 %.
"""
