"""The same labelling as in the browser, for programs."""
