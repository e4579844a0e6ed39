"""What users reported of the Python module; tests/test_reported_labels_library.c runs it, a class at a time.

reported_labels.py CLASS CFG DROPOUT WEIGHTS: DROPOUT is CFG with label dropout.
"""

import copy
import multiprocessing
import pickle
import sys
import unittest
from fractions import Fraction

import numpy as np

from pixelcnn import PixelCNN, PixelCNNError
from with_net import WithNet

cfg, dropout, weights = sys.argv[2:5]


WithNet.files = cfg, weights


class Labels(WithNet):
    def test_integers_are_classes_whatever_their_number(self) -> None:
        sample = self.net.sample
        for n in (2, 3, 4):  # the net has 3 classes
            classes = [1, 0, 0, 1][:n]
            images = sample(n, label=classes)
            for i, k in enumerate(classes):
                np.testing.assert_array_equal(images[i], sample(1, label=k, first=i)[0])
            np.testing.assert_array_equal(images, sample(n, label=np.array(classes, np.uint8)))
        self.refused(ValueError, "3 classes for 5 images", sample, 5, label=[0, 0, 1])
        self.refused(ValueError, "2 classes for 3 images", sample, 3, label=[0, 1])
        self.refused(ValueError, "classes -1 to 1: expected 0 to 2", sample, 2, label=[-1, 1])

    def test_floats_are_weights(self) -> None:
        sample = self.net.sample
        np.testing.assert_array_equal(sample(3, label=[0.0, 1.0, 0.0]), sample(3, label=1))
        np.testing.assert_array_equal(sample(3, label=np.eye(3, dtype=int)[[1, 2, 1]]), sample(3, label=[1, 2, 1]))
        self.refused(PixelCNNError, "weights of image 0 sum to 3", sample, 3, label=[0.0, 1.0, 2.0])
        self.refused(PixelCNNError, "weight -1 of class 0, image 0", sample, 3, label=[-1.0, 1.0, 1.0])
        self.refused(PixelCNNError, "dropout=0", sample, 3, label=[0.0, 0.0, 0.0])
        self.refused(PixelCNNError, "dropout=0", sample, 3, label="none")
        self.refused(PixelCNNError, "dropout=0", sample, 3, label=1, guidance=1)
        self.refused(ValueError, "null byte", sample, 3, label="1\0")

    def test_none_is_each_class_in_turn(self) -> None:
        net = self.net
        images = net.sample(5)
        np.testing.assert_array_equal(images, net.sample(5, label=[0, 1, 2, 0, 1]))
        np.testing.assert_array_equal(images[3:], net.sample(2, first=3))
        np.testing.assert_array_equal(images, net.sample(5, label="0,1,2"))
        nats = np.stack([net.nll(images, label=k) for k in range(3)])
        np.testing.assert_allclose(net.nll(images), -np.log(np.exp(-nats).mean(0)), rtol=1e-6)
        with PixelCNN(dropout, weights) as dropped:
            np.testing.assert_array_equal(images, dropped.sample(5))


class Numbers(WithNet):
    def test_integers_do_not_wrap(self) -> None:
        sample = self.net.sample
        self.refused(ValueError, "seed 18446744073709551616: expected 0 to 18446744073709551615", sample, seed=2**64)
        self.refused(ValueError, "seed -1: expected 0 to", sample, seed=-1)
        self.refused(ValueError, "first 4294967296: expected 0 to 2147483647", sample, first=2**32)
        self.refused(ValueError, "first -1: expected 0 to", sample, first=-1)
        self.refused(ValueError, "4294967297 images: expected 1 to", sample, 2**32 + 1)
        self.refused(ValueError, "0 images: expected 1 to", sample, 0)
        self.refused(ValueError, "batch 4294967297: expected 0 to 65536", PixelCNN, cfg, weights, batch=2**32 + 1)
        self.refused(ValueError, "batch -1: expected 0 to 65536", PixelCNN, cfg, weights, batch=-1)
        images = sample(2)
        mask = np.ones((6, 5))
        self.refused(ValueError, "seed 18446744073709551616", self.net.complete, images, mask, seed=2**64)
        self.refused(ValueError, "first 4294967296", self.net.complete, images, mask, first=2**32)
        for largest in (2**64 - 1, np.uint64(2**64 - 1)):
            np.testing.assert_array_equal(sample(seed=2**64 - 1), sample(seed=largest))

    def test_what_is_no_integer_is_refused(self) -> None:
        for value in (1.0, 1.5, "1", None, Fraction(1, 2)):
            self.refused(TypeError, f"seed {value!r}: expected an integer", self.net.sample, seed=value)
            self.refused(TypeError, f"first {value!r}: expected an integer", self.net.sample, first=value)
            self.refused(TypeError, f"{value!r} images: expected an integer", self.net.sample, value)
            self.refused(TypeError, f"batch {value!r}: expected an integer", PixelCNN, cfg, weights, batch=value)
        self.refused(ValueError, "null byte", PixelCNN, cfg + "\0", weights)
        self.refused(ValueError, "null byte", PixelCNN, cfg, weights + "\0.x")

    def test_temperature_and_guidance(self) -> None:
        sample = self.net.sample
        coldest = sample(3, label=1, temperature=0)
        self.assertTrue((coldest == coldest[0]).all(), "the likeliest value, whatever the number of the image")
        np.testing.assert_array_equal(coldest, sample(3, label=1, temperature=1e-46, seed=3))
        self.assertFalse((sample(3, label=1) == coldest).all())
        for bad in (-1, -0.5, 101, float("nan"), float("inf")):
            self.refused(ValueError, f"temperature {bad:g}: expected 0 to 100", sample, temperature=bad)
        self.refused(ValueError, "guidance -2: expected -1 to 100", sample, guidance=-2)
        self.refused(TypeError, "temperature 'warm': expected a number", sample, temperature="warm")


class Copies(WithNet):
    def test_a_net_is_not_copied(self) -> None:
        expected = self.net.sample(2, label=1)
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            self.refused(TypeError, "a PixelCNN cannot be copied or pickled", duplicate, self.net)
        self.assertIs(copy.copy([self.net])[0], self.net)
        np.testing.assert_array_equal(self.net.sample(2, label=1), expected)


class Forks(WithNet):
    def test_a_child_says_what_is_wrong(self) -> None:
        expected = self.net.sample(2, label=1)

        def child(answers) -> None:
            try:
                self.net.sample(2, label=1)
                answers.put("drawn")
            except PixelCNNError as error:
                answers.put(str(error))
            self.net.close()

        context = multiprocessing.get_context("fork")
        answers = context.SimpleQueue()
        with self.net._lock:  # as a thread has it that draws while another one forks
            process = context.Process(target=child, args=(answers,))
            process.start()
            process.join(10)
        hangs = process.is_alive()
        if hangs:
            process.kill()
        self.assertFalse(hangs)
        self.assertIn("this process was forked", answers.get())
        np.testing.assert_array_equal(self.net.sample(2, label=1), expected)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], sys.argv[1]])
