"""A coach that is at home in a whole smart home, beside one that is alone: does it cost the person anything?

Prints a JSON object with the processor time of both while idle, and the times of their replies by voice. The exit
status is 1 when the connected one takes over a hundredth of a core more, answers less often, or replies 50 ms later.
"""
