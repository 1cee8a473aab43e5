"""The nouns: what things are. Imports nothing of the house."""
