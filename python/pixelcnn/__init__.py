"""Draw, score, complete and train with a Gated PixelCNN: libpixelcnn for Python 3 with NumPy.

    from pixelcnn import PixelCNN, Sheet

    with PixelCNN("my.cfg", "backup/my_final.weights") as net:      # or PixelCNN("fashion"), one of nets()
        images = net.sample(16, label=3, seed=7)        # uint8 (16,C,H,W)
        nats = net.nll(images, label=3)                 # float64 (16,)
        Sheet(images).save("threes.png")

A label is
  3               a class for all images
  [3, 8, 8]       integers: one class per image
  "car"           a class by its name, if there are names beside the weights; ["car", "cat"]: one per image
  [0.5, 0.5]      K floats for all images: class weights that sum to 1
  array (n,K)     K floats per image
  "3:0.5,8:0.5"   text as for -label on the command line; "none": no label, for nets trained with label dropout
  None            sampling: each class in turn; scoring: p(x), the mean over the classes
A net with attributes=1 in its [label_embed] has no classes: its labels are any K numbers, and are required.

The library is searched for at $PIXELCNN_LIBRARY, in this folder and those above it (a wheel, an installation, a build tree), and on
the system loader's path. Errors of the library raise PixelCNNError; a value out of range is also a ValueError, and a value of the
wrong type raises TypeError. Ctrl-C and a `cancel` function end drawing within about 50 ms, scoring after a batch of images.
"""

from .data import save_dataset
from .library import PixelCNNCancelled, PixelCNNError, PixelCNNValueError, set_threads, version
from .net import PixelCNN
from .sheet import Sheet
from .shipped import nets
from .training import Step, Training, train

__all__ = ["PixelCNN", "PixelCNNCancelled", "PixelCNNError", "PixelCNNValueError", "Sheet", "Step", "Training", "nets", "save_dataset",
           "set_threads", "train", "version"]

__version__ = version()
