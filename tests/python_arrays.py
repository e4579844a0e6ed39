"""The Python module's arrays, weights and cancelling; tests/test_install.c runs it.

python_arrays.py CFG WEIGHTS PLAIN PLAIN_WEIGHTS: PLAIN is a net for colours without label.
"""

import os
import signal
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy as np

import pixelcnn
from pixelcnn import PixelCNN, PixelCNNCancelled, PixelCNNError
from with_net import WithNet

cfg, weights, plain, plain_weights = sys.argv[1:5]
ALL = 200_000  # images: more than can be drawn while a test waits


class Arrays(WithNet):
    files = cfg, weights

    def setUp(self) -> None:
        super().setUp()
        self.colour = PixelCNN(plain, plain_weights)
        self.addCleanup(self.colour.close)

    def test_from_bytes(self) -> None:
        with PixelCNN.from_bytes(Path(cfg).read_text(), Path(weights).read_bytes(), 4) as net:
            np.testing.assert_array_equal(net.sample(5), self.net.sample(5))
            self.assertEqual(repr(net), repr(self.net))
        self.refused(PixelCNNError, "cfg:1: 'x'", PixelCNN.from_bytes, "x", b"")
        self.refused(PixelCNNError, "weights: 0 bytes", PixelCNN.from_bytes, Path(cfg).read_text(), b"")
        self.refused(ValueError, "null byte", PixelCNN.from_bytes, "a\0b", b"")

    def test_a_stream_is_a_sample_in_pieces(self) -> None:
        options = dict(seed=3, first=2, temperature=0.7)
        for label in (None, 1, "0,2", [k % 3 for k in range(11)]):
            pieces = list(self.net.stream(11, label, batch=4, **options))
            self.assertEqual([len(piece) for piece in pieces], [4, 4, 3])
            np.testing.assert_array_equal(np.concatenate(pieces), self.net.sample(11, label, **options))
        first = next(self.net.stream(ALL, batch=2))  # nobody waits for the others
        np.testing.assert_array_equal(first, self.net.sample(2))
        self.refused(ValueError, "0 images", next, self.net.stream(0))
        self.refused(ValueError, "batch 0", next, self.net.stream(1, batch=0))

    def test_values_and_logits(self) -> None:
        for net, label in ((self.net, [1, 0, 2]), (self.net, None), (self.colour, None)):
            images = net.sample(3, seed=9)
            values = net.nll_values(images, label)
            self.assertEqual((values.shape, values.dtype), (images.shape, np.float64))
            np.testing.assert_allclose(values.sum((1, 2, 3)), net.nll(images, label), rtol=1e-5)
            if net.classes and label is None:
                self.refused(PixelCNNError, "labels are NULL: this net needs them", net.logits, images)
                continue
            logits = net.logits(images, label).astype(float)
            self.assertEqual(logits.shape, (3, net.channels, net.levels, net.height, net.width))
            level = (images.astype(int) * net.levels // 256)[:, :, None]
            nats = np.log(np.exp(logits).sum(2)) - np.take_along_axis(logits, level, 2)[:, :, 0]
            np.testing.assert_allclose(values, nats, rtol=1e-5, atol=1e-6)

    def test_weights(self) -> None:
        for net, file in ((self.net, weights), (self.colour, plain_weights)):
            arrays = net.weights()
            stored = np.fromfile(file, np.float32, offset=20)
            np.testing.assert_array_equal(np.concatenate([array.ravel() for array in arrays.values()]), stored)
        images = self.colour.sample(4)
        before = self.colour.nll(images)
        changed = {name: array * 0.5 for name, array in arrays.items()}
        self.colour.set_weights(changed)
        after = self.colour.nll(images)
        self.assertTrue((abs(after - before) > 1e-3).all())
        with tempfile.TemporaryDirectory() as folder:
            self.colour.save(Path(folder) / "halved.weights")
            self.assertEqual(os.listdir(folder), ["halved.weights"])
            with PixelCNN(plain, Path(folder) / "halved.weights") as net:
                np.testing.assert_array_equal(net.nll(images), after)
        bias = arrays["layers.0.b"]
        self.colour.set_weights({"layers.0.b": bias})
        np.testing.assert_array_equal(self.colour.weights()["layers.0.b"], bias)
        self.refused(ValueError, "layer.0.b: this net has no such array; did you mean layers.0.b?", self.colour.set_weights,
                     {"layer.0.b": bias})
        self.refused(ValueError, "layers.0.b of shape (1,): expected (8,)", self.colour.set_weights, {"layers.0.b": [0]})
        bad = {"layers.0.b": np.zeros(8), "layers.1.W_r": np.ones((6, 6))}
        self.refused(PixelCNNError, "must be 0: masked by the order of colours", self.colour.set_weights, bad)
        np.testing.assert_array_equal(self.colour.weights()["layers.0.b"], bias, "none is replaced")
        self.net.close()
        self.refused(PixelCNNError, "the net is closed", self.net.weights)


class Cancelling(WithNet):
    files = cfg, weights

    def test_a_function_cancels(self) -> None:
        asked = []
        self.net.cancel = lambda: asked.append(threading.get_ident()) or len(asked) > 3
        self.refused(PixelCNNCancelled, "pixelcnn_sample: cancelled", self.net.sample, ALL)
        self.assertEqual(asked, [threading.get_ident()] * 4)
        self.refused(PixelCNNCancelled, "pixelcnn_nll: cancelled", self.net.nll, np.zeros((2, 6, 5), np.uint8))
        self.net.cancel = None
        self.net.sample(2)

    def test_what_it_raises_is_raised(self) -> None:
        def cancel() -> bool:
            raise KeyError("why")

        self.net.cancel = cancel
        with self.assertRaises(KeyError):
            self.net.sample(ALL)
        self.net.cancel = lambda: False
        self.net.sample(2)

    def test_the_callback_does_not_call_the_library(self) -> None:
        said = []

        def cancel() -> bool:
            try:
                pixelcnn.set_threads(-1)
            except ValueError as error:
                said.append(str(error))
            return True

        self.net.cancel = cancel
        self.refused(PixelCNNCancelled, "cancelled", self.net.sample, ALL)
        self.assertEqual(said, ["-1 threads: expected 0 to 1024"])

    def test_ctrl_c(self) -> None:
        for call in (lambda: self.net.sample(ALL), lambda: list(self.net.stream(ALL))):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            start = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                call()
            self.assertLess(time.monotonic() - start, 5)
            self.assertIs(signal.getsignal(signal.SIGINT), signal.default_int_handler)
            self.net.sample(2)

    def test_other_threads_are_not_interrupted(self) -> None:
        drawn = []
        thread = threading.Thread(target=lambda: drawn.append(self.net.sample(20)))
        thread.start()
        thread.join()
        np.testing.assert_array_equal(drawn[0], self.net.sample(20))

    def test_threads(self) -> None:
        expected = self.net.sample(40)
        for n in (1, 3, 0):
            pixelcnn.set_threads(n)
            np.testing.assert_array_equal(self.net.sample(40), expected)
        self.refused(ValueError, "1025 threads: expected 0 to 1024", pixelcnn.set_threads, 1025)
        self.assertRegex(pixelcnn.version(), r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
