"""Which pairs a lead may wish to ask about next. Pure."""

from typing import Literal

NextWish = Literal["likely", "unsure"]
LIKELY: NextWish = "likely"
UNSURE: NextWish = "unsure"
NEXT_WISHES: dict[NextWish, str] = {
    LIKELY: "the likeliest links",
    UNSURE: "those of which the model is least sure, unlike each other",
}
