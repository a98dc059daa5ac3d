"""The ledger: what was intended, sent, answered and settled, durably."""
