"""A model's tokenizer: training a small one, counting tokens, cutting texts to the model's length.

Models bring their own tokenizer (open_clip's `HFTokenizer` or `SimpleTokenizer`). What is trained
here is a byte-level BPE over lower-cased, accent-free text. Every byte is in its alphabet, so no
character is ever unknown to it.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

PAD, END = "[PAD]", "[END]"
PAD_ID, END_ID = 0, 1


def train_tokenizer(texts: Iterable[str], *, vocabulary: int) -> Tokenizer:
    """Learn a byte-level BPE of at most `vocabulary` tokens from `texts`. Deterministic.

    Texts are lower-cased and stripped of accents; underscores count as spaces, as catalogues and tags
    use them. Each encoded text ends with END, from which a causal text tower reads its vector.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"[_\s]+"), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"$A {END}", special_tokens=[(END, END_ID)])
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def save_tokenizer(tokenizer: Tokenizer, folder: Path, *, context_length: int) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json` so that open_clip's HFTokenizer reads them offline."""
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": PAD,
        "eos_token": END,
        "model_max_length": context_length,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def count_tokens(tokenizer: HFTokenizer | SimpleTokenizer, text: str) -> int:
    """Number of tokens of `text` for the model, start and end tokens included, uncut."""
    cleaned = tokenizer.clean_fn(text)
    if isinstance(tokenizer, HFTokenizer):
        return len(tokenizer.tokenizer(cleaned, verbose=False).input_ids)
    return len(tokenizer.encode(cleaned)) + 2


def cut_text(tokenizer: HFTokenizer | SimpleTokenizer, text: str, limit: int) -> list[str]:
    """Cut `text` into consecutive pieces of whole words, each of at most `limit` tokens.

    A single word of more tokens is a piece of its own (the model then reads its beginning). White
    space is folded; an empty text has no piece.
    """
    words = text.split()
    pieces = []
    while words:
        taken = _fitting_words(tokenizer, words, limit)
        pieces.append(" ".join(words[:taken]))
        words = words[taken:]
    return pieces


def _fitting_words(tokenizer: HFTokenizer | SimpleTokenizer, words: Sequence[str], limit: int) -> int:
    """Largest number of leading words that fit into `limit` tokens, but at least 1."""
    # A word has at least one token, so no more than `limit` words can fit.
    low, high = 1, min(len(words), limit)
    if count_tokens(tokenizer, " ".join(words[:high])) <= limit:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(tokenizer, " ".join(words[:middle])) <= limit:
            low = middle
        else:
            high = middle - 1
    return low
