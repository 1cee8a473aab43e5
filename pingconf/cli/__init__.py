"""What the user typed becomes an operation, and its end an exit code."""
