"""What an account asks for after the password: codes of an app, passkeys and security keys, recovery codes."""
