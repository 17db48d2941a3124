"""Which device and which arithmetic a model runs with.

Precision "auto" chooses bfloat16 only where the processor multiplies it natively (every recent
CUDA device; CPUs with AVX512-BF16 or AMX): elsewhere it is emulated and slower than float32.
Weights stay in float32 throughout; only the arithmetic inside autocast is shorter.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from heritage.errors import UserError

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Compute:
    """A device and the precision of the arithmetic on it, both decided."""

    device: torch.device
    precision: str  # fp32, bf16 or fp16

    def autocast(self) -> AbstractContextManager[None]:
        """Context in which matrix products and convolutions run in this precision."""
        return torch.autocast(self.device.type, dtype=_DTYPES[self.precision], enabled=self.precision != "fp32")


def choose_compute(device: str = "auto", precision: str = "auto") -> Compute:
    """Decide device ("auto", "cpu", "cuda", "cuda:1") and precision ("auto", "fp32", "bf16", "fp16").

    Raises UserError for one that this machine lacks.
    """
    chosen = _choose_device(device)
    if chosen.type == "cuda":
        # On Hopper its gradients are NaN for masked texts of 64 tokens: pytorch/pytorch#196678.
        torch.backends.cuda.enable_cudnn_sdp(False)
    if precision == "auto":
        precision = "bf16" if _multiplies_bf16(chosen) else "fp32"
    if precision not in _DTYPES:
        raise UserError(f"Precision {precision!r} is unknown: choose one of {', '.join(PRECISIONS)}.")
    if precision == "fp16" and chosen.type == "cpu":
        raise UserError("Precision fp16 needs a GPU: choose bf16 or fp32 on the CPU.")
    return Compute(chosen, precision)


def _choose_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError as error:
        raise UserError(f"Device {device!r} is unknown: choose auto, cpu, cuda or cuda:0.") from error
    if chosen.type not in DEVICES:
        raise UserError(f"Device {device!r} is not supported: choose auto, cpu, cuda or cuda:0.")
    if chosen.type == "cuda" and (chosen.index or 0) >= torch.cuda.device_count():
        raise UserError(
            f"Device {device!r} is not there: PyTorch sees {torch.cuda.device_count()} GPUs; use cpu or auto."
        )
    return chosen


def _multiplies_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
