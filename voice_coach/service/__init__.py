"""The coach as a service of systemd: its unit file, its installation, and the messages that it sends to systemd."""
