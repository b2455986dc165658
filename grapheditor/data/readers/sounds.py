"""Sounds in WAV files of whole numbers (8, 16, 24 or 32 bits), by the standard library."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from grapheditor.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grapheditor.data.encoding import Audio

ENDINGS = (".wav", ".wave")
MOST_BYTES = 2**30


def read_wav(path: Path, most_seconds: float | None = None) -> tuple[NDArray[np.float32], int]:
    """Return a sound in one channel from -1 to 1, and its rate; DataError where it is damaged or of another kind.

    most_seconds: no more than this is read.
    """
    try:
        with path.open("rb") as file, wave.open(file) as sound:
            channels, width, rate = sound.getnchannels(), sound.getsampwidth(), sound.getframerate()
            frames = sound.getnframes()
            if rate < 1 or channels < 1 or width not in (1, 2, 3, 4):
                raise DataError(f"has {channels} channels of {8 * width} bits at {rate} Hz, which is not read.")
            if most_seconds is not None:
                frames = min(frames, int(most_seconds * rate) + 1)
            if frames * channels * width > MOST_BYTES:
                raise DataError(f"promises {frames * channels * width:,} bytes; at most {MOST_BYTES:,} are read.")
            data = sound.readframes(frames)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}.") from error
    except (wave.Error, EOFError, struct.error, ValueError, RuntimeError) as error:
        why = str(error) or "it ends too early"
        advice = (
            "; only whole numbers without compression are read: convert it to 16-bit PCM" if "format" in why else ""
        )
        raise DataError(f"is no sound WAV file: {why}{advice}.") from error
    whole = len(data) - len(data) % (channels * width)
    if not whole:
        raise DataError("holds no sound.")
    return _numbers(data[:whole], width).reshape(-1, channels).mean(1, dtype=np.float32), rate


def _numbers(data: bytes, width: int) -> NDArray[np.float32]:
    if width == 1:
        return (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    if width == 3:
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        data, width = wide.tobytes(), 4
    values = np.frombuffer(data, f"<i{width}").astype(np.float64) / 2.0 ** (8 * width - 1)
    return values.astype(np.float32)


def encode_wav(raw: Any, encoding: Audio) -> NDArray[np.float32]:
    """Return a sound shaped (1, length) at the encoding's rate."""
    if not isinstance(raw, str | Path):
        raise DataError(f"expected the path of a WAV file, not {type(raw).__name__}.")
    sound, rate = read_wav(Path(raw), encoding.length / encoding.rate)
    if rate != encoding.rate:
        sound = resampled(sound, round(len(sound) * encoding.rate / rate) or 1)
    filled = np.zeros((1, encoding.length), np.float32)
    used = min(len(sound), encoding.length)
    filled[0, :used] = sound[:used]
    return filled


def resampled(sound: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Return a sound of another length, by its Fourier series: no frequency is invented, none is folded back."""
    spectrum = np.fft.rfft(sound)
    kept = np.zeros(length // 2 + 1, spectrum.dtype)
    used = min(len(kept), len(spectrum))
    kept[:used] = spectrum[:used]
    return (np.fft.irfft(kept, length) * (length / len(sound))).astype(np.float32)
