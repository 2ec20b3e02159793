"""What ears and mouth share: sound devices and recordings."""
