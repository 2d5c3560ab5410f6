"""What-if replay: a draft of other promises, tried on past incidents, and switched on when it pleases.

`drafts` reads a draft, `running` plays it, `actions` are the verbs, `switching` makes new versions of it.
"""

JOB = "run_what_if"
