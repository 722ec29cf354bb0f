"""The outbox: claiming, bundling, sending and recording letters. Knows nothing of the workflow."""
