"""Connectors: their contract, registry, manifest, catalogue, and the one way out to the network."""
