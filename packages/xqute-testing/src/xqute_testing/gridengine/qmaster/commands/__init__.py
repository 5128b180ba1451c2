"""What each command does and prints. The qmaster runs this code, not the caller's process."""
