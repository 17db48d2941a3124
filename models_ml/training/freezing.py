"""Locking towers: what a fine-tuning leaves as it is."""

from typing import Any

from heritage.errors import UserError
from models_ml.training.config import TrainingConfig


def prepare_network(network: Any, config: TrainingConfig) -> None:
    """Lock the towers that `config` names, all but their last layers, and set gradient checkpointing.

    A locked tower's parameters get no gradient and no optimizer state. Raises UserError where the network cannot.
    """
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    try:
        if "image" in config.lock:
            network.lock_image_tower(unlocked_groups=config.unlocked_layers, freeze_bn_stats=True)
        if "text" in config.lock:
            network.lock_text_tower(unlocked_layers=config.unlocked_layers, freeze_layer_norm=True)
        network.set_grad_checkpointing(config.gradient_checkpointing)
    except (AttributeError, NotImplementedError, RuntimeError, AssertionError) as error:
        raise UserError(
            "This model's architecture cannot be locked or checkpointed in part: leave out --lock, --unlocked-layers "
            "and --gradient-checkpointing."
        ) from error
