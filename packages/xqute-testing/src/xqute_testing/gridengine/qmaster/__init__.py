"""Runs in the daemon of a cell: its state, its commands, its dispatcher and its hosts."""
