"""The power of a real session is cut again and again, at random moments; all that it told must be on the disk.

As crash, but everything that the coach keeps lies on an ext4 of its own, which is shut down without flushing its log
(loop device, EXT4_IOC_SHUTDOWN): only what was forced to the disk is there when it is mounted again. Needs root. A disk
that reports a write as done and loses it is not measured.

The last line is a JSON summary; the exit status is 0 when nothing was wrong.
"""
