"""Complex numbers and Fourier transforms."""

from typing import Literal

from grapheditor.authoring import Complex, Floats, Size, Tensor, expect, expect_alike, expect_dim, operator, torch

Scaled = Literal["backward", "ortho", "forward"]
"""Where a transform is divided by how many values there are: on the way back, half on each way, on the way there."""


@operator("Fourier", title="Complex number")
def to_complex(real: Floats, imaginary: Floats) -> Tensor:
    """Make complex numbers of their real and imaginary parts."""
    expect_alike(real, imaginary, "imaginary", "Both parts")
    return torch.complex(real, imaginary)


@operator("Fourier", title="Complex number by length and angle")
def polar(length: Floats, angle: Floats) -> Tensor:
    """Make complex numbers of their lengths and angles."""
    expect_alike(length, angle, "angle", "Lengths and angles")
    return torch.polar(length, angle)


@operator("Fourier", title="Real part")
def real(x: Complex) -> Tensor:
    """Take the real part of complex numbers."""
    return torch.real(x)


@operator("Fourier", title="Imaginary part")
def imag(x: Complex) -> Tensor:
    """Take the imaginary part of complex numbers."""
    return torch.imag(x)


@operator("Fourier", title="Length of a complex number")
def magnitude(x: Complex) -> Tensor:
    """Take the lengths of complex numbers."""
    return torch.abs(x)


@operator("Fourier", title="Angle of a complex number")
def angle(x: Complex) -> Tensor:
    """Take the angles of complex numbers, between -π and π."""
    return torch.angle(x)


@operator("Fourier", title="Conjugate")
def conj(x: Complex) -> Tensor:
    """Turn the sign of the imaginary part of complex numbers round."""
    return torch.complex(torch.real(x), -torch.imag(x))


@operator("Fourier", title="Two real numbers")
def view_as_real(x: Complex) -> Tensor:
    """Write each complex number as two real ones, which are a new last dimension."""
    return torch.view_as_real(torch.resolve_conj(x))


@operator("Fourier", title="Fourier transform", stem="spectrum")
def fft(x: Tensor, *, dim: int = -1, norm: Scaled = "backward") -> Tensor:
    """Take a signal apart into its frequencies along a dimension.

    dim: The dimension; -1 is the last.
    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect_dim(x, dim)
    return torch.fft.fft(x, dim=dim, norm=norm)


@operator("Fourier", title="Inverse Fourier transform", stem="signal")
def ifft(x: Tensor, *, dim: int = -1, norm: Scaled = "backward") -> Tensor:
    """Put a signal together from its frequencies along a dimension.

    dim: The dimension; -1 is the last.
    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect_dim(x, dim)
    return torch.fft.ifft(x, dim=dim, norm=norm)


@operator("Fourier", title="Real Fourier transform", stem="spectrum")
def rfft(x: Floats, *, dim: int = -1, norm: Scaled = "backward") -> Tensor:
    """Take a real signal apart into its frequencies; half of them tell all, and only those are given.

    dim: The dimension; -1 is the last.
    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect_dim(x, dim)
    return torch.fft.rfft(x, dim=dim, norm=norm)


@operator("Fourier", title="Inverse real Fourier transform", stem="signal")
def irfft(x: Complex, *, n: Size | Literal["twice"] = "twice", dim: int = -1, norm: Scaled = "backward") -> Tensor:
    """Put a real signal together from half of its frequencies.

    n: How long it is; by default twice as long as there are frequencies, less two.
    dim: The dimension; -1 is the last.
    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect_dim(x, dim)
    expect(n != "twice" or x.shape[dim] > 1, "Of one frequency there is no telling how long the signal is.", "x", "n")
    return torch.fft.irfft(x, None if n == "twice" else n, dim, norm)


@operator("Fourier", title="2-D Fourier transform", stem="spectrum")
def fft2(x: Tensor, *, norm: Scaled = "backward") -> Tensor:
    """Take images apart into waves along their last two dimensions.

    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect(x.ndim >= 2, "An image has two dimensions.", "x")
    return torch.fft.fft2(x, norm=norm)


@operator("Fourier", title="Inverse 2-D Fourier transform", stem="picture")
def ifft2(x: Tensor, *, norm: Scaled = "backward") -> Tensor:
    """Put images together from waves along their last two dimensions.

    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect(x.ndim >= 2, "An image has two dimensions.", "x")
    return torch.fft.ifft2(x, norm=norm)


@operator("Fourier", title="Real 2-D Fourier transform", stem="spectrum")
def rfft2(x: Floats, *, norm: Scaled = "backward") -> Tensor:
    """Take real images apart into waves; half of them tell all, and only those are given.

    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect(x.ndim >= 2, "An image has two dimensions.", "x")
    return torch.fft.rfft2(x, norm=norm)


@operator("Fourier", title="Inverse real 2-D Fourier transform", stem="picture")
def irfft2(x: Complex, *, norm: Scaled = "backward") -> Tensor:
    """Put real images together from half of their waves; their width is twice that of the waves, less two.

    norm: Where it is divided by how many values there are: on the way back, half on each way, or on the way there.
    """
    expect(x.ndim >= 2, "An image has two dimensions.", "x")
    expect(x.shape[-1] > 1, "Of one column there is no telling how wide the image is.", "x")
    return torch.fft.irfft2(x, norm=norm)


@operator("Fourier", title="Middle the frequencies", stem="shift")
def fftshift(x: Tensor, *, dim: int = -1) -> Tensor:
    """Put the lowest frequency into the middle of a dimension.

    dim: The dimension; -1 is the last.
    """
    expect_dim(x, dim)
    return torch.fft.fftshift(x, dim)


@operator("Fourier", title="Frequencies back from the middle", stem="shift")
def ifftshift(x: Tensor, *, dim: int = -1) -> Tensor:
    """Put the lowest frequency from the middle of a dimension back to its beginning.

    dim: The dimension; -1 is the last.
    """
    expect_dim(x, dim)
    return torch.fft.ifftshift(x, dim)


@operator("Fourier", title="Spectrogram", stem="spectrogram", shows=("n_fft", "hop_length"))
def spectrogram(x: Floats, *, n_fft: Size = 400, hop_length: Size = 200, power: Literal["2", "1"] = "2") -> Tensor:
    """Say how loud each frequency of a sound is in each window: batch × time becomes batch × frequency × window.

    n_fft: How many values a window has; a Hann window fades them in and out.
    hop_length: How far apart two windows begin.
    power: 2 gives energies, 1 amplitudes.
    """
    expect(x.ndim == 2, "A sound is batch × time.", "x")
    words = f"A window of {n_fft} does not fit into {x.shape[1]} values."
    expect(x.shape[1] > n_fft // 2, words, "x", "n_fft")
    window = torch.hann_window(n_fft, device=x.device)
    found = torch.stft(x, n_fft, hop_length, window=window, return_complex=True).abs()
    return found * found if power == "2" else found
