"""What a connector claims of its system, held against what the system does."""
