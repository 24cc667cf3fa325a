"""E-mail: reading mail of any quality, writing answers, and handing them to an SMTP server."""
