"""What pingconf and the services say to each other, held against what the vendors document."""
