"""A sampling's pairs as dots: one similarity across, another up. Each dot opens its pair."""
