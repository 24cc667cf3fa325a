"""How a process lives: parts beside each other, the clockwork, the log, how it is doing, and its end."""
