"""The benchmark: how long pingconf takes, how many requests it sends, and what that is compared with.

`python -m tests.bench` measures whole processes on this machine, side by side with what they are compared
with, so that the figures are ratios within one run.
"""
