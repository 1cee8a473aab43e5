"""Stories drawn by lot; not called `random`, which would hide Python's own from whoever starts in `tests`."""
