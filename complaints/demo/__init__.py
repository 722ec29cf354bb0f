"""The demo world: invented enterprises, people and complaints."""
