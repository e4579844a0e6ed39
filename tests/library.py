"""The Python module against what the commands draw and print; tests/test_install.c runs it.

library.py CFG WEIGHTS PLAIN PLAIN_WEIGHTS DATA OUT: PLAIN is a net for colours without label, DATA a data set for CFG.
Writes into the folder OUT what the caller compares: PNGs of Sheet and nats of each test image.
"""

import sys
import threading
import unittest
from pathlib import Path

import numpy as np

import pixelcnn
from pixelcnn import PixelCNN, PixelCNNError, Sheet
from with_net import WithNet

cfg, weights, plain, plain_weights, data, out = sys.argv[1:7]
out = Path(out)


def test_set() -> "tuple[np.ndarray, np.ndarray]":
    images = np.fromfile(f"{data}/t10k-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 1, 6, 5)
    return images, np.fromfile(f"{data}/t10k-labels-idx1-ubyte", np.uint8)[8:]


class Library(WithNet):
    files = cfg, weights

    def test_what_the_commands_draw(self) -> None:
        net = self.net
        Sheet(net.sample(5, label=1, seed=2)).save(out / "sampled.png")
        with PixelCNN(plain, plain_weights) as colour:
            Sheet(colour.sample(4, seed=4, temperature=0.5)).save(out / "colour.png")
        images, _ = test_set()
        mask = np.zeros((6, 5), bool)
        mask[:3] = True
        given = np.repeat(images[1:2], 4, axis=0)
        completed = net.complete(given, mask, label="0:0.5,2:0.5", seed=5, guidance=1)
        self.assertTrue((given == images[1]).all(), "what is given stays as it is")
        sheet = Sheet(completed, columns=4)
        sheet.save(out / "completed.png")
        np.testing.assert_array_equal(Sheet(completed, columns=4, scale=3).pixels[1::3, 2::3], sheet.pixels)

    def test_what_score_prints(self) -> None:
        images, classes = test_set()
        nats = self.net.nll(images, label=classes)
        (out / "nats").write_text("".join(f"{x:.6f}\n" for x in nats))
        bits = self.net.bits_per_dim(images[:, 0], label=classes)
        np.testing.assert_allclose(bits, nats / 30 / np.log(2))

    def test_images_come_out_of_their_compressed_form(self) -> None:
        images, classes = test_set()
        net = self.net
        levels = images // 64 * 85  # as the net's 4 levels are written
        data = net.compress(levels, label=classes, block=5)
        np.testing.assert_array_equal(net.decompress(data), levels)
        np.testing.assert_array_equal(net.decompress(data, 7, 2), levels[7:9])
        again, labels = net.decompress_labelled(data, 3)
        np.testing.assert_array_equal(again, levels[3:])
        np.testing.assert_array_equal(labels.argmax(1), classes[3:])
        what = net.compressed(data)
        self.assertEqual((what.images, what.block, what.quantised), (len(images), 5, 0))
        self.assertLessEqual(len(net.compress(levels)), len(data))
        np.testing.assert_array_equal(net.decompress(net.compress(images, quantise=True)), levels)
        self.refused(PixelCNNError, "would be lost", net.compress, images)
        self.refused(PixelCNNError, "truncated", net.decompress, data[:-1])
        self.refused(PixelCNNError, "there are images 0 to", net.decompress, data, 9, len(images))
        self.refused(PixelCNNError, "block 5000: expected 0 to 4096", net.compress, levels, block=5000)

    def test_labels_in_all_their_forms(self) -> None:
        sample = self.net.sample
        one = sample(3, label=2)
        rows = np.tile(np.float64([0, 0, 1]), (3, 1))
        for label in ("2", "2:1", np.int64(2), [2, 2, 2], [0.0, 0, 1], rows):
            np.testing.assert_array_equal(sample(3, label=label), one)
        np.testing.assert_array_equal(sample(3), sample(3, label=[0, 1, 2]))
        np.testing.assert_array_equal(sample(5), sample(5, label="0,1,2"))
        np.testing.assert_array_equal(sample(2, first=4), sample(6)[4:])
        np.testing.assert_array_equal(sample(2, label=2, first=1), one[1:])
        np.testing.assert_array_equal(self.net.labels("all", 6), np.eye(3)[[0, 0, 1, 1, 2, 2]])

    def test_a_net_is_closed_once_and_for_all(self) -> None:
        with PixelCNN(cfg, weights) as net:
            self.assertEqual(repr(net), "<PixelCNN 1 x 6 x 5, 4 levels, 3 classes>")
            self.assertEqual((net.shape, net.levels, net.classes), ((1, 6, 5), 4, 3))
        self.refused(PixelCNNError, "the net is closed", net.sample)
        net.close()

    def test_errors(self) -> None:
        net, images = self.net, np.zeros((2, 1, 6, 5), np.uint8)
        self.refused(PixelCNNError, "none.cfg: cannot open: No such file", PixelCNN, "none.cfg", weights)
        self.refused(PixelCNNError, "this net needs", PixelCNN, cfg, Path(plain_weights))
        self.refused(PixelCNNError, "batch -1: expected 0 to 65536", PixelCNN, cfg, weights, batch=-1)
        self.refused(PixelCNNError, "temperature -1: expected 0 to 100", net.sample, temperature=-1)
        self.refused(PixelCNNError, "0 images: expected 1 to", net.sample, 0)
        self.refused(PixelCNNError, "-2 images: expected 1 to", net.sample, -2)
        self.refused(PixelCNNError, "expected a class from 0 to 2", net.sample, 2, label=3)
        self.refused(PixelCNNError, "number 1 of image 0 is nan", net.sample, 2, label=[0, np.nan, 0])
        self.refused(ValueError, "classes 0 to 3: expected 0 to 2", net.sample, 2, label=[0, 3])
        self.refused(ValueError, "2 classes for 4 images", net.sample, 4, label=[0, 1])
        self.refused(ValueError, "labels of shape (2,): expected (3,)", net.sample, 4, label=[0.0, 1])
        self.refused(TypeError, "uint8, values from 0 to 255; of numbers from 0 to 1 pass", net.nll, images / 255)
        self.refused(ValueError, "(2, 1, 5, 6): expected (n, 1, 6, 5)", net.nll, np.zeros((2, 5, 6), np.uint8))
        self.refused(ValueError, "mask of shape (5, 6): expected (6, 5)", net.complete, images, np.ones((5, 6)))
        with PixelCNN(plain, plain_weights) as colour:
            self.refused(PixelCNNError, "this net has no [label_embed]", colour.sample, label=1)
            self.refused(PixelCNNError, "this net has no [label_embed]", colour.sample, guidance=1)

    def test_threads(self) -> None:
        expected = [self.net.sample(2, seed=k) for k in range(4)]
        same = []

        def draw(k: int) -> None:
            for _ in range(10):
                same.append((self.net.sample(2, seed=k) == expected[k]).all())

        threads = [threading.Thread(target=draw, args=(k,)) for k in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(same, [True] * 40)


if __name__ == "__main__":
    print(pixelcnn.__file__)
    unittest.main(argv=sys.argv[:1])
