"""The three reference models as numbers: side, channels from the input on, kernel, what `same` adds to the output, batch, loss."""
MODELS = {
    "fm": (28, (1, 32, 64), 3, 1, 128, "bce"),
    "rgb": (64, (3, 32, 64, 128), 3, 1, 64, "mse"),
    "big": (128, (3, 64, 128, 256), 4, 0, 32, "mse"),
}
