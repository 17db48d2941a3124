"""Accounts: creating them, logging in and out, passwords. Who may do what with one is in `heritage.access`."""
