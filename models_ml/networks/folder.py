"""The two files that make a folder an open_clip model; tokenizer, card and metrics lie beside them."""

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"
