"""Written by hand, and used by tests."""

def close(a, b):
    return abs(a - b) < 1e-6
