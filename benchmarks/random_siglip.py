"""ViT-B-16-SigLIP with random weights, as transformers stores it: as fast and as large as the real one."""

from collections.abc import Iterable
from pathlib import Path

import sentencepiece
import torch
import transformers
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor, SiglipTokenizer

VOCABULARY = 32_000
CONTEXT = 64


def write_random_siglip(folder: Path, texts: Iterable[str]) -> None:
    """Write weights, processor, and a tokenizer learnt from `texts` into `folder`, which exists."""
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(folder / "spiece"),
        vocab_size=VOCABULARY,
        hard_vocab_limit=False,
        character_coverage=1.0,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    tokenizer = SiglipTokenizer(vocab_file=str(folder / "spiece.model"), model_max_length=CONTEXT)
    processor = SiglipProcessor(SiglipImageProcessor(size={"height": 224, "width": 224}), tokenizer)
    processor.save_pretrained(folder)
    processor.image_processor.save_pretrained(folder)
    torch.manual_seed(0)
    network = SiglipModel(SiglipConfig(text_config={"vocab_size": VOCABULARY, "bos_token_id": None, "eos_token_id": 1}))
    with torch.no_grad():  # SigLIP's starting values, exp(2.3) and -10
        network.logit_scale.fill_(2.3)
        network.logit_bias.fill_(-10.0)
    network.save_pretrained(folder)
