"""What the cards of the bundled models say besides figures: what each is, its data, what was tried, its limits."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CardWords:
    introduction: str
    data: str
    tried: str
    limits: str


_HERITAGE_MINI = CardWords(
    introduction="""
A small model of the SigLIP type (sigmoid loss, learned scale and bias, own tokenizer), trained from scratch
by Heritage Weaver's own training code on clip art. It comes with Heritage Weaver so that everything runs
without network and GPU: for demonstrations, tests and teaching. It is no substitute for a model trained on
hundreds of millions of pictures, such as ViT-B-16-SigLIP, and shares no weights with any.
""",
    data="""
Open Clip Art Library 0.18 as packaged by Debian (`openclipart-png`, `openclipart-svg`): drawings that their
authors gave to the public domain, with title, description, keywords and folder. Each drawing is flattened on
white and saved as JPEG of at most 448 pixels.
""",
    tried="""
Chosen on a development tenth of the training side (hash split with the collection slug oca-development), never
on the held-out records. Zero-shot accuracy there with 5 candidate names, after short runs on one CPU thread:

| image tower | learning rate | scale, bias at start | epochs of schedule | accuracy |
|---|---|---|---|---|
| regnety_002 | 0.001 | 10, -10 | 6 | 0.439 |
| regnety_002 | 0.002 | 10, -5 | 6 | 0.558 |
| regnety_002 | 0.002 | 20, -10 | 4 of 6 | 0.500 |
| regnety_002 | 0.003 | 20, -6 | 4 of 6 | 0.509 |
| regnety_002, batch 64 | 0.002 | 10, -5 | 4 of 6 | 0.530 |

The second row stood at 0.537 after 4 of its 6 epochs. These runs still had images in common between their two
sides. With those removed, and over 20 draws of the candidates, stronger regularisation (weight decay 0.3, drop
path and dropout 0.1, BPE dropout 0.1) stood at 0.481 after 6 of 12 epochs, the same recipe without it at 0.507;
both runs ended there. The training above overfits: its loss falls to 3.34 while the held-out loss stays near 5.3.
A second one (48 epochs, weight decay 0.15, dropout 0.1, drop path 0.05) reached 0.632 on the held-out records with
5 candidates and 0.509 with 10, no difference that 617 records can tell; the shorter recipe was kept. A
resnet10t took 1.06 CPU seconds for a step of 128 images, regnety_002 0.43.

How much a drawing's twins flatter: ten epochs of the same recipe that also learnt from the 255 records whose
picture a held-out record has (`--epochs 10 --keep-shared-images`) reached 0.690 on the held-out records with 5
candidates and 0.545 with 10.
""",
    limits="""
* It knows clip art: drawings on white, icons, flags, symbols. Photographs of museum objects are far from that;
  fine-tune it on them before use, and take a large model for real work.
* Its English is that of a few thousand titles and keywords. Other words are read letter by letter.
* It sees 96 x 96 pixels, squashed to a square, and reads 64 tokens.
* The figures above are from one collection and one seed.
""",
)
_ANOTHER = CardWords(
    introduction="""
A small model of the SigLIP type (sigmoid loss, learned scale and bias, own tokenizer), trained by Heritage Weaver.
""",
    data="",
    tried="Nothing else.",
    limits="""
* Its English is that of its training texts. Other words are read letter by letter.
* The figures above are of one seed.
""",
)
_WORDS = {"heritage-mini": _HERITAGE_MINI}


def words_of(model: str) -> CardWords:
    """By the model's name; of one that does not come with Heritage Weaver, what can be said of any."""
    return _WORDS.get(model, _ANOTHER)
