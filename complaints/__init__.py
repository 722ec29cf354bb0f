"""Complaints: intake, deadlines, mediation and closure of consumer complaints."""
