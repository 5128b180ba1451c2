"""Runs in the test's process: the class that a test uses, and how it talks to its qmaster."""
