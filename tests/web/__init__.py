"""Pages, by a browser without JavaScript."""
