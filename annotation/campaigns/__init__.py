"""Campaigns: making and dealing them, their people, invitations, states and progress."""
