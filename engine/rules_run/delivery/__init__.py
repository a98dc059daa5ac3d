"""The write protocol: claim, intent, send, classify, settle."""
