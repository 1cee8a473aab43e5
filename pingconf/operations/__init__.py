"""Tells the story of each command, and is the only place where the parts are wired together."""
