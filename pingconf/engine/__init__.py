"""The verbs: compares, plans and applies. Knows kinds by their contract only, and no service."""
