"""Letters, mails and webhooks on their way out."""
