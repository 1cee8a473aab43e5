"""Shows the nouns: as text for people and as JSON for programs. Functions return text; nothing prints."""
