#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks what packagers take: the version is everywhere that of version.hpp, the vcpkg port and the Conan recipe
are whole, and each makes a package with every file.

usage: packaging.py SOURCE_FOLDER BUILD_FOLDER

Neither vcpkg nor Conan runs here. The portfile and the recipe run with stand-ins for what they call.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import conan_stand_in

HEX = re.compile(r"[0-9a-f]+")
faults = []


def check(true, what):
    if not true:
        faults.append(what)


def first(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found[1] if found else None


def read(folder, name):
    return (folder / name).read_text(encoding="utf-8")


def version_of(source):
    header = read(source, "include/plait/version.hpp")
    return ".".join(first(rf"PLAIT_VERSION_{part} (\d+)", header) for part in ("MAJOR", "MINOR", "PATCH"))


def check_versions(source, build, conan, vcpkg):
    version = version_of(source)
    places = {
        "CHANGELOG.md": first(r"^## (\S+?),? ", read(source, "CHANGELOG.md")),
        "plaitConfigVersion.cmake": first(r'PACKAGE_VERSION "(.*?)"', read(build, "plaitConfigVersion.cmake")),
        "plait.pc": first(r"^Version: (.*)$", read(build, "plait.pc")),
        "Conan's config.yml": first(r'"(.*?)":', read(conan, "config.yml")),
        "Conan's conandata.yml": first(r'"(.*?)":', read(conan, "all/conandata.yml")),
        "the archive in conandata.yml": first(r"/v(.*)\.tar\.gz", read(conan, "all/conandata.yml")),
        "the tag in install.md": first(r"GIT_TAG v([\d.]+)", read(source, "docs/how_to/install.md")),
        "vcpkg.json": json.loads(read(vcpkg, "vcpkg.json")).get("version-semver"),
    }
    for place, found in places.items():
        check(found == version, f"{place} has version {found} where version.hpp has {version}")


def check_hash(what, text, placeholder, digits):
    """A hash is the placeholder, until there is an archive."""
    check(text == placeholder or (text and HEX.fullmatch(text) and len(text) == digits),
          f"{what} is {text} where {digits} hexadecimal digits or {placeholder} were expected")


def check_files(package, names):
    for name in names:
        check((package / name).is_file(), f"the package misses {name}")


def headers(source):
    return [f"include/{header.relative_to(source / 'include')}" for header in source.glob("include/**/*.hpp")]


def check_vcpkg(source, vcpkg, scratch):
    manifest = json.loads(read(vcpkg, "vcpkg.json"))
    for field in ("name", "version-semver", "description", "homepage", "license", "supports", "dependencies"):
        check(manifest.get(field), f"vcpkg.json misses {field}")
    names = [entry if isinstance(entry, str) else entry["name"] for entry in manifest["dependencies"]]
    check(names == sorted(names), "the dependencies in vcpkg.json are not in the order of the alphabet")

    portfile = vcpkg / "portfile.cmake"
    text = portfile.read_text(encoding="utf-8")
    check_hash("SHA512 in portfile.cmake", first(r"SHA512 (\S+)", text), "SHA512_OF_THE_ARCHIVE", 128)
    repository = first(r"REPO (\S+)", text)
    check(manifest["homepage"] == f"https://github.com/{repository}", "vcpkg.json and portfile.cmake name two homes")

    package = scratch / "vcpkg"
    variables = {"PORTFILE": portfile, "SOURCE": source, "PACKAGE": package, "BUILD": scratch / "vcpkg_build",
                 "VERSION": manifest["version-semver"]}
    stand_in = pathlib.Path(__file__).with_name("vcpkg_stand_in.cmake")
    subprocess.run(["cmake", *(f"-D{name}={value}" for name, value in variables.items()), "-P", stand_in], check=True)
    check_files(package, headers(source))
    check_files(package, [f"share/plait/{name}" for name in ("plaitConfig.cmake", "plaitConfigVersion.cmake",
                                                             "plaitTargets.cmake", "plait_network_in.cmake",
                                                             "plait_dispatch.cmake",
                                                             "copyright", "usage")])
    check_files(package, ["share/pkgconfig/plait.pc"])
    check({folder.name for folder in package.iterdir()} == {"include", "share"},
          "the port installs other folders than include and share")
    check({folder.name for folder in (package / "share").iterdir()} == {"plait", "pkgconfig"},
          "the port installs other folders of share than plait and pkgconfig")


def refusal(recipe):
    try:
        recipe.validate()
    except conan_stand_in.ConanInvalidConfiguration as refused:
        return str(refused)
    return None


def check_conan(source, conan, scratch):
    check_hash("sha256 in conandata.yml", first(r'sha256: "(.*)"', read(conan, "all/conandata.yml")),
               "SHA256_OF_THE_ARCHIVE", 64)
    for name in ("all/test_package/conanfile.py", "all/conanfile.py"):
        compile(read(conan, name), conan / name, "exec")
    check_files(conan, ["all/test_package/CMakeLists.txt", "all/test_package/test_package.cpp"])

    plait = conan_stand_in.load(conan / "all/conanfile.py")
    for field in ("name", "description", "license", "url", "homepage", "topics", "package_type", "settings"):
        check(getattr(plait, field, None), f"Conan's recipe misses {field}")
    check(read(conan, "all/conandata.yml").count(f"{plait.homepage}/archive/") == 1,
          "conanfile.py and conandata.yml name two homes")

    package = scratch / "conan"
    make = lambda **settings: plait(source, package, **settings)
    check(refusal(make()) is None and refusal(make(compiler="clang 14")) is None, "Conan's recipe refuses g++ 12")
    for settings in ({"compiler": "gcc 11"}, {"compiler": "clang 13"}, {"compiler": "msvc 194"}, {"cppstd": "17"}):
        check(refusal(make(**settings)), f"Conan's recipe accepts {settings}")

    recipe = make()
    recipe.requirements()
    recipe.package()
    recipe.package_info()
    check({reference.split("/")[0] for reference in recipe.required} == {"xsimd"},
          f"Conan's recipe requires {recipe.required}")
    check_files(package, [*headers(source), "licenses/LICENSE"])
    check_files(package, recipe.cpp_info.properties["cmake_build_modules"])
    check(recipe.cpp_info.properties["cmake_target_name"] == "plait::plait", "Conan's target is not plait::plait")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, build = (pathlib.Path(argument).resolve() for argument in arguments)
    conan = source / "docs/packaging/conan/recipes/plait"
    vcpkg = source / "docs/packaging/vcpkg/ports/plait"
    check_versions(source, build, conan, vcpkg)
    with tempfile.TemporaryDirectory() as scratch:
        check_vcpkg(source, vcpkg, pathlib.Path(scratch))
        check_conan(source, conan, pathlib.Path(scratch))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
