"""The coach as a service: what it tells systemd, and the unit that tells systemd about the coach."""
