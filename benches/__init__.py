"""Benches: programs that measure the coach and write their figures into docs/.

`scripts/bench` lists and runs them. Each bench is a package: its docstring says what it measures, of what, and what it
leaves out; run.py is the program (`python -m benches.crash.run`), judge.py decides what is right, page.py writes what
docs/ shows. A small bench does without the last two. What several benches use is in benches/common. None of this is
installed with the product.
"""
