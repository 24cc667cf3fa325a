"""The dashboard: pages made on the server, which need no script."""
