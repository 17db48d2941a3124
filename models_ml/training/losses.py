"""The sigmoid loss between images and texts, with repeated images and texts left out."""

import torch
import torch.nn.functional as F
from torch import Tensor


def repeated_pairs(image_ids: Tensor, tokens: Tensor) -> Tensor:
    """Pairs off the diagonal that would wrongly count as negatives.

    `image_ids` (n,) names the image of each item, `tokens` (n, length) holds its tokenised text. Items i and
    j that share their image or their text match each other although i != j. Returns a boolean (n, n), true
    where image i and text j belong to such a pair; its diagonal is false.
    """
    same_image = image_ids[:, None] == image_ids[None, :]
    same_text = (tokens[:, None, :] == tokens[None, :, :]).all(dim=-1)
    repeated = same_image | same_text
    return repeated.fill_diagonal_(False)


def sigmoid_loss(images: Tensor, texts: Tensor, scale: Tensor, bias: Tensor, repeated: Tensor | None = None) -> Tensor:
    """Sigmoid loss over all pairs of a batch (Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training").

        L = -1/n * sum_i sum_j m_ij * log sigmoid(z_ij * (scale * x_i . y_j + bias))

    where z_ij is 1 on the diagonal and -1 elsewhere. The paper has m_ij = 1 throughout; here m_ij = 0 for the
    pairs in `repeated` (see `repeated_pairs`), since those are matches that the diagonal does not show.

    `images` and `texts` are L2-normalised, (n, d). `scale` (already exponentiated) and `bias` are scalars.
    Returns a float32 scalar: the sum over the batch's pairs divided by n, as in the paper and in open_clip.
    """
    logits = scale.float() * images.float() @ texts.float().T + bias.float()
    signs = 2.0 * torch.eye(len(logits), device=logits.device) - 1.0
    losses = -F.logsigmoid(signs * logits)
    if repeated is not None:
        losses = losses.masked_fill(repeated, 0.0)
    return losses.sum() / len(logits)
