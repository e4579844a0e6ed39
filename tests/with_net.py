"""What the tests of the Python module share."""

import unittest

from pixelcnn import PixelCNN


class Refusing(unittest.TestCase):
    def refused(self, kind: type, says: str, call, *arguments, **options) -> None:
        """The call raises an error of that kind, in one line that contains `says`."""
        with self.assertRaises(kind) as caught:
            call(*arguments, **options)
        self.assertIn(says, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))


class WithNet(Refusing):
    """A test case with self.net, of the cfg and weights in `files`, which whoever runs the tests sets."""

    files: "tuple[str, str]"

    def setUp(self) -> None:
        self.net = PixelCNN(*self.files)
        self.addCleanup(self.net.close)
