"""Show what would be read of mails in files."""
