from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy, get
from conan.tools.layout import basic_layout
from conan.tools.scm import Version
import os

required_conan_version = ">=2.1"


class PlaitConan(ConanFile):
    name = "plait"
    description = "Compact convolutional networks as C++20 types"
    license = "BSD-3-Clause"
    url = "https://github.com/conan-io/conan-center-index"
    homepage = "https://github.com/OWNER/plait"
    topics = ("convolutional-networks", "inference", "simd", "shufflenet", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    # Vector extensions and always_inline attributes of GCC and Clang.
    @property
    def _minimum_compiler_versions(self):
        return {"gcc": "12", "clang": "14", "apple-clang": "15"}

    def layout(self):
        basic_layout(self, src_folder="src")

    def requirements(self):
        self.requires("xsimd/14.2.0")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)
        compiler = str(self.settings.compiler)
        minimum = self._minimum_compiler_versions.get(compiler)
        if minimum is None:
            raise ConanInvalidConfiguration(f"{self.ref} needs GCC or Clang, not {compiler}.")
        if Version(self.settings.compiler.version) < minimum:
            raise ConanInvalidConfiguration(f"{self.ref} needs {compiler} {minimum} or newer.")

    def source(self):
        get(self, **self.conan_data["sources"][self.version], strip_root=True)

    def build(self):
        pass

    _modules = (("network", "plait_network_in.cmake"), ("dispatch", "plait_dispatch.cmake"))

    @property
    def _module_folder(self):
        return os.path.join("lib", "cmake", "plait")

    def package(self):
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        include = os.path.join(self.source_folder, "include")
        copy(self, "*.hpp", include, os.path.join(self.package_folder, "include"))
        for folder, module in self._modules:
            copy(self, module, os.path.join(include, "plait", folder),
                 os.path.join(self.package_folder, self._module_folder))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "plait")
        self.cpp_info.set_property("cmake_target_name", "plait::plait")
        # The CMake function plait_dispatch.
        self.cpp_info.set_property("cmake_build_modules",
                                   [os.path.join(self._module_folder, module) for _, module in self._modules])
        self.cpp_info.set_property("pkg_config_name", "plait")
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
