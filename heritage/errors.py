"""The one exception that carries a sentence to the person who can mend the matter."""


class UserError(Exception):
    """Bad input. The message is one clear sentence that says what to do; it is shown as it stands.

    Commands print it on stderr and exit non-zero, pages show it beside the form, jobs keep it as
    their reason, the API answers 400 with it.
    """
