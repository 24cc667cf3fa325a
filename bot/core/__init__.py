"""The pure core: words, rules and ports. Imports the standard library only and does no input or output."""
