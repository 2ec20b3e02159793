"""What the coach shows: the terminal page, plain lines, JSON lines."""
