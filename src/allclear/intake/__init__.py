"""What arrives from outside: authenticate, read, one verb."""
