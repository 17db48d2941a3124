"""Campaigns as projects of Label Studio, and back."""
