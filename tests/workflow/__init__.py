"""The life of a complaint: rules, engine, lists and sight."""
