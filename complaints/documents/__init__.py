"""What can be printed: receipts, decisions, agreements, reports, case packets."""
