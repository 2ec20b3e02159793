"""What the coach keeps: the settings."""
