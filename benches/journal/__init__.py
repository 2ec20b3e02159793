"""What keeping a session costs and survives: our journal against SQLite with a write-ahead log or a rollback journal.

Each store keeps the same records, each record forced to the disk. Then single bits of its files are flipped as they lie
there after a crash: does the store notice, or does it return another session as the right one? Whole crashes and power
cuts are measured by crash and power-cut.

The last line is a JSON object; the exit status is 1 when our journal has returned a wrong record as right.
"""
