"""What the generator makes: records of two invented museums, with what is known of the object behind each."""

from dataclasses import dataclass

from .objects.form import Form

MUSEUM_A = "aldersby"
MUSEUM_B = "inverlune"
MUSEUM_NAMES = {
    MUSEUM_A: "Aldersby Museum of Industry",
    MUSEUM_B: "Inverlune Museum of Work and Home",
}


@dataclass(frozen=True)
class ObjectModel:
    """A model line: what makes two specimens the same object. Everything about it is invented."""

    number: int
    kind: str
    category: str
    form: Form
    maker: str
    town: str
    series: str
    years: tuple[int, int]

    @property
    def key(self) -> str:
        return f"{self.number:05d}"


@dataclass(frozen=True)
class DrawnRecord:
    """A catalogue entry of a specimen that can be drawn.

    `images` are the file names of its photographs, of which there may be none; `views` says what each shows
    ("whole", "other side", "detail"). `name`, `description` and `taxonomy` are as the museum wrote them.
    """

    collection: str
    record_id: str
    name: str
    description: str
    taxonomy: tuple[str, ...]
    images: tuple[str, ...]
    views: tuple[str, ...]
    model: ObjectModel
    colour: str
    specimen: int

    @property
    def model_key(self) -> str:
        return self.model.key

    @property
    def kind(self) -> str:
        return self.model.kind

    @property
    def category(self) -> str:
        return self.model.category
