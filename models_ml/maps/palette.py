"""Colours of a map's points: any two can be told apart with each kind of colour blindness, light or dark. Pure."""

# Of each colour that for light paper and that for dark; the first stand for what has most records.
COLOURS: tuple[tuple[str, str], ...] = (
    ("#035bab", "#68bcff"),
    ("#d35b33", "#e5a72e"),
    ("#357d50", "#34ae85"),
    ("#952781", "#d776ca"),
    ("#b77c04", "#eff968"),
    ("#422b85", "#8465fa"),
    ("#690126", "#d13460"),
    ("#3094bc", "#e0eee8"),
)
OTHER = ("#8a8884", "#7d8085")  # what has none of these

# From a record whose nearest ones two models share to one with none in common.
STEPS: tuple[tuple[str, str], ...] = (
    ("#cfd8dc", "#3a4147"),
    ("#9fb8c8", "#4b6a80"),
    ("#6d93b5", "#5f93bd"),
    ("#3f6a9e", "#86bdea"),
    ("#1c3f7a", "#d9efff"),
)


def hex_pair(colours: tuple[str, str]) -> dict[str, str]:
    return {"light": colours[0], "dark": colours[1]}
