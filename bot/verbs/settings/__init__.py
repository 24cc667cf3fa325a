"""Write out all settings, and take a file of them in."""
