"""The app beside the sandbox, and a day that is played in it."""
