"""A Grid Engine in a folder: what `xqute_testing.FakeGridEngine` starts and steers.

Nothing is imported here: the qmaster, a process of its own, starts in a fraction of the time that
the rest of the distribution takes to be imported. One command walks through it like this:
`_client` sends its words to `_qmaster`, which looks for a planned fault (`_faults`) and calls
`_qsub`, `_qstat`, `_qdel`, `_qmod`, `_qalter` or `_qacct`; these read and change the `Cell`, whose
`_dispatch` picks tasks for hosts, whose `_execd` runs them, and whose `_accounting` keeps account.
"""
