"""Reads the user's files: bytes to nodes with places, references to values, nodes to resources."""
