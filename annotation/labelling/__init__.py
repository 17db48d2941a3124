"""Labelling itself: pairs, practice, the guide, and one's own answers."""
