"""Faults, really caused: killed processes, vanished stores, a silent mail server, weeks without workers."""
