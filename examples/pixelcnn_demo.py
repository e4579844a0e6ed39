"""libpixelcnn in Python, cell by cell: run it as a script, or as a notebook in an editor that knows `# %%`.

Takes cfg and weights from the environment (PIXELCNN_CFG, PIXELCNN_WEIGHTS) and writes to PIXELCNN_OUT, or the working
folder.
"""

# %% Load a net. In a build tree: PYTHONPATH=python.
import os
from pathlib import Path

import numpy as np

from pixelcnn import PixelCNN, PixelCNNError, Sheet

out = Path(os.environ.get("PIXELCNN_OUT", "."))
net = PixelCNN(
    os.environ.get("PIXELCNN_CFG", "cfg/gated_pixelcnn.cfg"),
    os.environ.get("PIXELCNN_WEIGHTS", "weights/gated_pixelcnn.weights"),
)
print(net)

# %% Draw: a row for each class, as `pixelcnn sample -label all -n 8` does.
classes = np.repeat(np.arange(max(net.classes, 1)), 8)
images = net.sample(len(classes), label=classes if net.classes else None)
sheet = Sheet(images, columns=8)
sheet.save(out / "sampled.png")
sheet  # a notebook shows it

# %% Score: how likely is each image under its own class, in bits per value?
bits = net.bits_per_dim(images, label=classes if net.classes else None)
print(f"{bits.mean():.4f} bits/dim on average; most likely {bits.min():.4f}, least likely {bits.max():.4f}")

# %% Classify: by Bayes' rule, the class under which the image is likeliest.
if net.classes:
    nats = np.stack([net.nll(images, label=k) for k in range(net.classes)])
    print(f"classified as the class that was drawn: {(nats.argmin(axis=0) == classes).mean():.0%}")

# %% Complete: the upper half of one image is given, and the rest is drawn eight times.
mask = np.zeros(net.shape[1:], bool)
mask[: net.height // 2] = True
given = np.repeat(images[:1], 8, axis=0)
completed = net.complete(given, mask, label=0 if net.classes else None, seed=1)
sheet = Sheet(np.concatenate([given[:1], completed]), columns=9)
sheet.save(out / "completed.png")
sheet

# %% Errors have a one-line message.
try:
    net.sample(4, temperature=-1)
except PixelCNNError as error:
    print(error)

# %% Free the net.
net.close()
