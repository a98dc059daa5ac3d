"""The nouns of the engine: frozen values without behaviour of the outside world."""
