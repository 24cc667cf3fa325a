"""How the desk is doing: what is true of each conversation, what is measured over many, and how sure that is."""
