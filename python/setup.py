"""A wheel with the library in it: pip wheel --no-build-isolation --no-deps python/

Builds the library with make, from the tree that this folder is in, or takes the one that PIXELCNN_LIBRARY names. The wheel needs
what the library needs at run time, of the system it was built on (docs/library.md#wheel).
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.dist import Distribution
from wheel.bdist_wheel import bdist_wheel

ROOT = Path(__file__).resolve().parent.parent
NAME = "libpixelcnn.so.0"
SCRATCH = ROOT / "build/wheel"  # what setuptools leaves behind
SCRATCH.mkdir(parents=True, exist_ok=True)


def library():
    if "PIXELCNN_LIBRARY" in os.environ:
        return Path(os.environ["PIXELCNN_LIBRARY"])
    subprocess.run(["make", "-s", "-C", str(ROOT), "library"], check=True)
    return ROOT / "build/cpu" / NAME


class BuildWithLibrary(build_py):
    def run(self):
        super().run()
        package = Path(self.build_lib) / "pixelcnn"
        shutil.copy2(library(), package / NAME)
        shutil.copy2(ROOT / "debian/copyright", package / "COPYRIGHT")  # of what the library contains


class WheelForAnyPython(bdist_wheel):
    """For one platform, and every Python 3: nothing in it is compiled against Python."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


setup(
    name="pixelcnn",
    version=re.search(r'PIXELCNN_VERSION "(.*)"', (ROOT / "library/pixelcnn.h").read_text()).group(1),
    description="Draw, score, complete and train with a Gated PixelCNN",
    license="MIT",
    packages=["pixelcnn"],
    py_modules=["pixelcnn_torch"],
    python_requires=">=3.9",
    install_requires=["numpy"],
    distclass=WithLibrary,
    options={"build": {"build_base": str(SCRATCH)}, "egg_info": {"egg_base": str(SCRATCH)}},
    cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelForAnyPython},
)
