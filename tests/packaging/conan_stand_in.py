# SPDX-License-Identifier: BSD-3-Clause
"""What a recipe for header-only libraries takes from Conan, as far as it can be had without Conan."""
import pathlib
import shutil
import sys
import types


class ConanInvalidConfiguration(Exception):
    """A recipe's refusal."""


class Version(tuple):
    """Numbers between dots, compared one by one."""

    def __new__(cls, text):
        return super().__new__(cls, (int(part) for part in str(text).split(".")))

    def __lt__(self, other):
        return tuple(self) < tuple(Version(other))


class PackageInfo:
    """cpp_info."""

    def __init__(self):
        self.properties = {}
        self.bindirs = ["bin"]
        self.libdirs = ["lib"]

    def set_property(self, name, value):
        self.properties[name] = value


class ConanFile:
    """The base of a recipe. Settings are those of one machine."""

    def __init__(self, source_folder, package_folder, compiler="gcc 12", cppstd="20"):
        name, version = compiler.split()
        self.source_folder = str(source_folder)
        self.package_folder = str(package_folder)
        self.settings = types.SimpleNamespace(compiler=Compiler(name, version, cppstd))
        self.cpp_info = PackageInfo()
        self.required = []
        self.ref = self.name

    def requires(self, reference):
        self.required.append(reference)


class Compiler:
    """settings.compiler: its text is its name."""

    def __init__(self, name, version, cppstd):
        self.name, self.version, self.cppstd = name, version, cppstd

    def __str__(self):
        return self.name


def check_min_cppstd(recipe, least):
    if int(recipe.settings.compiler.cppstd) < least:
        raise ConanInvalidConfiguration(f"C++{least} is needed")


def copy(_recipe, pattern, src, dst):
    for file in pathlib.Path(src).rglob(pattern):
        target = pathlib.Path(dst) / file.relative_to(src)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def load(path):
    """The recipe's class."""
    nothing = lambda *arguments, **named: None
    modules = {
        "conan": {"ConanFile": ConanFile},
        "conan.errors": {"ConanInvalidConfiguration": ConanInvalidConfiguration},
        "conan.tools": {},
        "conan.tools.build": {"check_min_cppstd": check_min_cppstd},
        "conan.tools.files": {"copy": copy, "get": nothing},
        "conan.tools.layout": {"basic_layout": nothing},
        "conan.tools.scm": {"Version": Version},
    }
    for name, members in modules.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)
    namespace = {"__name__": "conanfile"}
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), namespace)
    recipes = [value for value in namespace.values()
               if isinstance(value, type) and issubclass(value, ConanFile) and value is not ConanFile]
    return recipes[0]
