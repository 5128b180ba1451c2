"""A Grid Engine in a folder: what `xqute_testing.FakeGridEngine` starts and steers.

README.md, next to this file, is the map. Each sub-package is run by a process of its own:

- `api` by the test: `FakeGridEngine`, and how it talks to its qmaster.
- `client` by each call of `qsub`, `qstat` and the others.
- `qmaster` by the daemon that holds all state and runs the jobs.

Nothing is imported here, so that the qmaster, which starts without the rest of the distribution,
starts quickly.
"""
