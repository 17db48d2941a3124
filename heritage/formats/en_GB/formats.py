"""British English as Django has it, but for times: 18:14 on every page, as in German and French, not "6:14 p.m."."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
SHORT_DATETIME_FORMAT = "d/m/Y H:i"
