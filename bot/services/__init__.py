"""What threadpilot does, in the desk's own verbs. Services know the core and its ports, nothing else."""
