"""Data sets that the Python module writes, and the training that it runs; tests/test_install.c runs it.

python_training.py CFG PLAIN: the cfg of a net for 6 x 5 grey images of three classes, and of one for colours without label.
"""

import os
import re
import signal
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

from pixelcnn import PixelCNN, PixelCNNError, save_dataset, train
from with_net import Refusing

cfg, plain = map(Path, sys.argv[1:3])
N, ITERATIONS = 60, 12


def make_images(c: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (N, c, 6, 5), np.uint8)


class Training(Refusing):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.labels = np.arange(N) % 3

    def write_cfg(self, source: Path, text: str = "") -> Path:
        """The same with more iterations."""
        file = self.folder / source.name
        file.write_text(re.sub(r"max_batches=\d+", f"max_batches={ITERATIONS}", source.read_text()) + text)
        return file

    def trained(self, data: Path, source: Path = cfg, **options: object):
        return train(self.write_cfg(source), data, backup=self.folder / "backup", **options)

    def test_a_data_set_in_each_format(self) -> None:
        weights = []
        grey = make_images(1)
        for path, images in (("set.npz", grey[:, 0]), ("idx", grey), ("last.npz", grey.transpose(0, 2, 3, 1))):
            data = save_dataset(self.folder / path, images, self.labels)
            weights.append(self.trained(data, clear=True).final.read_bytes())
        self.assertEqual(weights[0], weights[1])
        self.assertEqual(weights[0], weights[2])
        self.assertEqual(sorted(os.listdir(self.folder / "idx")),
                         ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "train-images-idx3-ubyte", "train-labels-idx1-ubyte"])
        with np.load(self.folder / "set.npz") as arrays:
            np.testing.assert_array_equal(arrays["test_images"], grey[9::10, 0])
            np.testing.assert_array_equal(arrays["test_labels"], self.labels[9::10])
        self.assertEqual([f for f in os.listdir(self.folder) if f.startswith(".")], [])

    def test_colours_without_labels(self) -> None:
        images = make_images(3)
        weights = []
        for path, given in (("set.npz", images), ("idx", images.transpose(0, 2, 3, 1))):
            data = save_dataset(self.folder / path, given[6:], test_images=given[:6])
            done = self.trained(data, plain, clear=True)
            weights.append(done.final.read_bytes())
        self.assertEqual(*weights)
        with PixelCNN(done.cfg, done.final) as net:
            self.assertEqual(net.sample(2).shape, (2, 3, 6, 5))

    def test_vectors_as_labels(self) -> None:
        vectors = np.random.default_rng(2).normal(size=(N, 3))
        source = self.folder / "vectors.cfg"
        source.write_text(cfg.read_text().replace("[label_embed]", "[label_embed]\nattributes=1"))
        weights = []
        for path in ("set.npz", "idx"):
            data = save_dataset(self.folder / path, make_images(1), vectors)
            weights.append(self.trained(data, source, clear=True).final.read_bytes())
        self.assertEqual(*weights)

    def test_names_of_classes(self) -> None:
        """From a data set's names to the net's, and to what it saves."""
        names = ["a\\b", "Grün, or 2", "cat"]
        for path in ("set.npz", "idx"):
            data = save_dataset(self.folder / path, make_images(1), self.labels, names=names)
            done = self.trained(data, clear=True)
            with PixelCNN(done.cfg, done.final) as net:
                self.assertEqual(net.names, names)
                np.testing.assert_array_equal(net.sample(3, label="cat"), net.sample(3, label=2))
                np.testing.assert_array_equal(net.sample(2, label="cat:0.5,grün, or 2:0.5"), net.sample(2, label=[0, 0.5, 0.5]))
                np.testing.assert_array_equal(net.sample(3, label=["CAT", names[0], names[1]]), net.sample(3, label=[2, 0, 1]))
                self.refused(ValueError, "label 'dog': expected one of a\\b, Grün, or 2, cat", net.sample, 1, label=["dog"])
                self.refused(PixelCNNError, "-label car: 'car': no such class; did you mean cat?", net.sample, label="car")
                net.names = ["x", "y", "z"]
                np.testing.assert_array_equal(net.sample(1, label="z"), net.sample(1, label=2))
                net.save(self.folder / "other.weights")
                self.refused(ValueError, "2 names: this net has 3 classes", setattr, net, "names", ["x", "y"])
                self.refused(PixelCNNError, "two classes have the name x", setattr, net, "names", ["x", "y", "x"])
                self.refused(PixelCNNError, "class 1: the name is empty", setattr, net, "names", ["x", "", "z"])
                self.assertEqual(net.names, ["x", "y", "z"])
                net.names = []
                self.assertEqual(net.names, [])
                self.refused(ValueError, "the classes of this net have no names", net.sample, 1, label=["x"])
            with PixelCNN(done.cfg, self.folder / "other.weights") as net:
                self.assertEqual(net.names, ["x", "y", "z"])
            text, content = done.cfg.read_text(), done.final.read_bytes()
            with PixelCNN.from_bytes(text, content, names=names) as net:
                self.assertEqual(net.names, names)
        for bad, says in ((["a", "b"], "2 names, and label 2"), (["a", "b", "a"], "expected different texts")):
            self.refused(ValueError, says, save_dataset, self.folder / "no.npz", make_images(1), self.labels, names=bad)
        self.refused(ValueError, "only for labels that are integers", save_dataset, self.folder / "no.npz", make_images(1), names=names)
        self.assertFalse((self.folder / "no.npz").exists())

    def test_steps(self) -> None:
        steps = []
        data = save_dataset(self.folder / "set.npz", make_images(1), self.labels)
        done = self.trained(data, on_step=steps.append, eval_every=5, seed=3)
        updates = [step for step in steps if step.validation is None]
        self.assertEqual([step.iteration for step in updates], list(range(1, ITERATIONS + 1)))
        self.assertEqual([step.images for step in updates], [2 * i for i in range(1, ITERATIONS + 1)])
        self.assertTrue(all(0 < step.bits_per_dim < 5 and step.rate > 0 for step in updates))
        checked = [step for step in steps if step.validation is not None]
        self.assertEqual([step.iteration for step in checked], [5, 10, ITERATIONS])
        self.assertTrue(all(step.bits_per_dim is None and 0 < step.validation < 5 for step in checked))
        self.assertTrue(done.final.is_file() and done.best.is_file() and not done.stopped)

    def test_stopped_and_resumed(self) -> None:
        """To the same weights as without a stop."""
        data = save_dataset(self.folder / "set.npz", make_images(1), self.labels)
        whole = self.trained(data, clear=True).final.read_bytes()
        steps = []
        # A number far behind: the program may have made some iterations more when it hears of the stop.
        text = self.write_cfg(cfg).read_text()
        long = self.folder / "long.cfg"
        long.write_text(text.replace(f"max_batches={ITERATIONS}", "max_batches=1000000"))
        stopped = train(long, data, backup=self.folder / "long", on_step=lambda step: steps.append(step) or len(steps) == 5)
        self.assertTrue(stopped.stopped and stopped.last.is_file() and not stopped.final.exists())
        self.assertEqual(len(steps), 5)
        again = []
        train(long, data, backup=self.folder / "long", on_step=lambda step: again.append(step) or True)
        self.assertGreater(again[0].iteration, 5)
        self.assertEqual(self.trained(data, clear=True).final.read_bytes(), whole)

    def test_ctrl_c(self) -> None:
        data = save_dataset(self.folder / "set.npz", make_images(1), self.labels)
        long = self.folder / "long.cfg"
        long.write_text(self.write_cfg(cfg).read_text().replace(f"max_batches={ITERATIONS}", "max_batches=1000000"))
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            train(long, data, backup=self.folder / "backup")
        self.assertTrue((self.folder / "backup/long_last.weights").is_file())

    def test_a_callback_that_fails_ends_the_training(self) -> None:
        data = save_dataset(self.folder / "set.npz", make_images(1), self.labels)
        with self.assertRaises(ZeroDivisionError):
            self.trained(data, on_step=lambda step: 1 // 0)
        self.trained(data)  # nothing holds the folder

    def test_bad_training(self) -> None:
        data = save_dataset(self.folder / "set.npz", make_images(1), self.labels)
        self.refused(PixelCNNError, "none.cfg: cannot open: No such file", train, "none.cfg", data, backup=self.folder)
        self.refused(PixelCNNError, "unknown option -sed; did you mean -seed?", train, cfg, data, backup=self.folder, sed=3)
        self.refused(TypeError, "log: not here", train, cfg, data, backup=self.folder, log="x.csv")
        colours = save_dataset(self.folder / "rgb.npz", make_images(3))
        self.refused(PixelCNNError, "images of 3 channels, 6 x 5", train, cfg, colours, backup=self.folder)

    def test_bad_arrays(self) -> None:
        path, grey = self.folder / "no.npz", make_images(1)
        refused = self.refused
        refused(TypeError, "uint8, values from 0 to 255; of numbers from 0 to 1 pass", save_dataset, path, grey / 255)
        refused(ValueError, "images of shape (60, 30): expected (n,H,W)", save_dataset, path, grey.reshape(N, 30))
        refused(ValueError, "with C = 1 or 3, not both of them", save_dataset, path, np.zeros((4, 3, 7, 3), np.uint8))
        refused(ValueError, "images of shape (0, 6, 5)", save_dataset, path, grey[:0, 0])
        refused(ValueError, "9 images: expected at least 10, or test_images", save_dataset, path, grey[:9])
        refused(ValueError, "labels of type int64 and shape (59,): expected 60 integers", save_dataset, path, grey, self.labels[1:])
        refused(ValueError, "labels of type float64 and shape (60,)", save_dataset, path, grey, self.labels / 2)
        refused(ValueError, "labels: label -1: expected 0 or more", save_dataset, path, grey, self.labels - 1)
        refused(ValueError, "labels: NaN or infinity", save_dataset, path, grey, np.full((N, 3), np.nan))
        refused(ValueError, "expected both or neither", save_dataset, path, grey, self.labels, grey)
        refused(ValueError, "test_labels without test_images", save_dataset, path, grey, self.labels, test_labels=self.labels)
        refused(ValueError, "test_images of shape (3, 6, 5) each", save_dataset, path, grey, test_images=make_images(3))
        refused(ValueError, "label 256: IDX files have bytes", save_dataset, self.folder / "idx", grey, self.labels * 128)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
