"""libpixelcnn in Python, cell by cell: run it as a script, or as a notebook in an editor that knows `# %%`.

pixelcnn_demo.ipynb is the same with what it printed and drew (scripts/notebook.py). Takes cfg and weights from the environment
(PIXELCNN_CFG, PIXELCNN_WEIGHTS) and writes to PIXELCNN_OUT, or the working folder.
"""

# %% Load a net. In a build tree: PYTHONPATH=python.
import os
from pathlib import Path

import numpy as np

from pixelcnn import PixelCNN, PixelCNNError, Sheet, save_dataset, train

out = Path(os.environ.get("PIXELCNN_OUT", "."))
cfg = os.environ.get("PIXELCNN_CFG", "cfg/gated_pixelcnn.cfg")
net = PixelCNN(cfg, os.environ.get("PIXELCNN_WEIGHTS", "weights/gated_pixelcnn.weights"))
print(net)

# %% Draw: a row for each class, as `pixelcnn sample -label all -n 8` does.
classes = np.repeat(np.arange(net.classes or 2), 8)
labels = classes if net.classes else None
images = net.sample(len(classes), label=labels)
Sheet(images, columns=8).save(out / "sampled.png")
Sheet(images, columns=8, scale=2)

# %% Draw any number of images in the memory of a batch.
brightness = [batch.mean() for batch in net.stream(64, seed=1, batch=16)]
print(f"{len(brightness)} batches, mean value {np.mean(brightness):.1f}")

# %% Score: how likely is each image under its own class, in bits per value?
bits = net.bits_per_dim(images, label=labels)
print(f"{bits.mean():.4f} bits/dim on average; most likely {bits.min():.4f}, least likely {bits.max():.4f}")

# %% Where are the nats? Bright pixels surprised the net, given those before them; one image of each class.
some = slice(0, None, 8)
nats = net.nll_values(images[some], label=None if labels is None else labels[some]).sum(1, keepdims=True)
heat = (255 * nats / nats.max()).astype(np.uint8)
Sheet(np.concatenate([images[some].mean(1, keepdims=True).astype(np.uint8), heat]), columns=len(heat), scale=2)

# %% The distribution of a value, given those before it: that of the pixel in the middle of the first image.
logits = net.logits(images[:1], label=None if labels is None else labels[:1])
middle = logits[0, 0, :, net.height // 2, net.width // 2].astype(float)
print("p(level):", np.round(np.exp(middle) / np.exp(middle).sum(), 3))

# %% Classify: by Bayes' rule, the class under which the image is likeliest.
if net.classes:
    nats = np.stack([net.nll(images[::4], label=k) for k in range(net.classes)])
    print(f"classified as the class that was drawn: {(nats.argmin(axis=0) == classes[::4]).mean():.0%}")

# %% Complete: the upper half of one image is given, and the rest is drawn eight times.
mask = np.zeros(net.shape[1:], bool)
mask[: net.height // 2] = True
given = np.repeat(images[:1], 8, axis=0)
completed = net.complete(given, mask, label=0 if net.classes else None, seed=1)
sheet = Sheet(np.concatenate([given[:1], completed]), columns=9, scale=2)
sheet.save(out / "completed.png")
sheet

# %% The weights are arrays.
for name, array in list(net.weights().items())[:6]:
    print(f"{name:14} {str(array.shape):16} standard deviation {array.std():.4f}")

# %% Train: arrays become a data set; the command trains in a process of its own and hands on each line of its log.
small = os.environ.get("PIXELCNN_CFG", "cfg/gated_pixelcnn_demo.cfg")
data = save_dataset(out / "drawn.npz", images, labels)
steps = []
training = train(small, data, backup=out / "backup", seconds=20, clear=True, on_step=steps.append)
bits = [step.bits_per_dim for step in steps if step.bits_per_dim]
print(f"{len(bits)} iterations, from {bits[0]:.2f} to {bits[-1]:.2f} bits/dim; weights: {training.final.name}")

# %% Errors have a one-line message.
try:
    net.sample(4, temperature=-1)
except PixelCNNError as error:
    print(error)

# %% Free the net.
net.close()
