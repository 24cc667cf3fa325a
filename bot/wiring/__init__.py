"""What the app is composed of: each builder makes what the settings say."""
