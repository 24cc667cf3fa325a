"""The verbs of the command line by theme: `command.py` says how they are called, its neighbours do the work."""
