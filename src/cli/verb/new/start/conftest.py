"""Makes the package at the root of the workspace importable for the tests."""
