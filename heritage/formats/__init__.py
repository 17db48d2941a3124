"""How dates and times are written, by locale, where Django's own way is not ours."""
