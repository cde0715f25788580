"""Every number that the making of atelier-tiny depends on, with unit and reason."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the checkpoint is made.

    Times are shares of the minutes that the command line gives.
    """

    seed: int = 20  # of every random choice; two runs of equal speed give near-equal weights
    threads: int = 2  # CPU threads: what a small computer has
    device: str = "cpu"  # where the networks learn, as torch names it

    # the drawings
    side: int = 64  # pixels: what two cores can learn within hours
    drawings: int = 24_000  # pictures: a handful of passes in an hour of training
    first_drawing: int = 1_000  # seeds below stay unseen, for sample sheets
    held_out: int = 256  # pictures at the end of the set that no gradient sees

    # the autoencoder, 64x64x3 -> 16x16x4
    autoencoder_channels: tuple[int, int, int] = (24, 48, 96)  # few at full size, where they cost most
    autoencoder_groups: int = 12  # group norm: divides all three
    autoencoder_batch: int = 16  # pictures
    autoencoder_matrix_rate: float = 0.02  # learning rate of Muon at the start; both fall evenly to nothing
    autoencoder_rate: float = 3e-3  # of AdamW
    autoencoder_share: float = 0.2  # of the minutes
    cutting: int = 32  # pixels: cuttings of this side cost a quarter and teach colours and edges as well
    cuttings_share: float = 0.7  # of the autoencoder's time
    recoloured: float = 0.3  # share of pictures with swapped colours, so that it can show any colour
    edge_weight: float = 0.5  # loss on differences of neighbouring pixels: keeps outlines sharp
    first_log_variance: float = -5.0  # of the latents: noise of 0.08
    kl_weight: float = 2e-4  # keeps the latents near a normal distribution, which flows learn easily

    # the words
    text_width: int = 128  # numbers per token
    text_layers: int = 3
    text_heads: int = 4
    text_tokens: int = 40  # longest prompt; the longest caption has 40 words and two marks
    spelled_words: float = 0.03  # share of words given letter by letter, so that unknown words work
    spellings: int = 4  # ways in which each caption is spelled, made once and then picked from

    # the denoiser, a UNet on the latents
    denoiser_channels: tuple[int, int, int] = (64, 96, 104)  # at 16, 8 and 4 latent pixels
    denoiser_heads: int = 2  # attention heads: few, since small ones are slow on CPUs
    denoiser_groups: int = 8
    denoiser_batch: int = 32  # pictures
    denoiser_matrix_rate: float = 0.02  # learning rate of Muon, for matrices and convolutions
    denoiser_rate: float = 2e-3  # of AdamW, for everything else
    warm_up: int = 50  # steps until the full learning rates
    falling_share: float = 0.6  # last share of the time, in which the rates fall
    noise_shift: float = 1.2  # moves half of the noise shares up: colours are decided where nearly all is noise
    no_caption: float = 0.1  # share of captions left out, for guidance
    averaging: float = 0.998  # exponential moving average of the weights, per step
    half_precision: bool = False  # bfloat16 sums: twice as fast on a GPU, far slower on most CPUs
    weight_decay: float = 0.01

    # the sample sheet
    sheet_prompts: int = 32  # pictures drawn at the end, to judge by eye


# What a GPU learns in minutes takes two cores days: so it gets more pictures, and many at a time.
ON_A_GPU = replace(
    Recipe(),
    device="cuda",
    threads=8,
    drawings=180_000,
    autoencoder_batch=128,
    cuttings_share=0.5,
    kl_weight=4e-4,
    spelled_words=0.06,
    spellings=2,
    denoiser_batch=512,
    warm_up=200,
    falling_share=0.8,
    averaging=0.999,
    half_precision=True,
    weight_decay=0.04,
    sheet_prompts=2,
)
