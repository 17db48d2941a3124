"""Figures for whoever watches the server: how long requests take, what waits, grows, ends or runs out."""
