"""Runs in a process of its own for each call of a command: passes it on to the qmaster."""
