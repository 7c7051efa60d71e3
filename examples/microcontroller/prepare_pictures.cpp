// SPDX-License-Identifier: BSD-3-Clause
// Decodes pictures where a program is built, for one that runs where nothing can: writes C++ with their
// values.
//
//     prepare_pictures OUTPUT.cpp PICTURE...

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cifar_picture.hpp"

namespace {

constexpr plait::shape size{.channels = 3, .height = 32, .width = 32};

/// The values of a picture, exactly, as a C++ array.
std::string array_of(const std::vector<float>& values, const std::string& name) {
    std::string text = "const float " + name + "[] = {";
    char literal[32];
    for (const float value : values) {
        std::snprintf(literal, sizeof literal, "%aF,", static_cast<double>(value));
        text += literal;
    }
    return text + "};\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "usage: %s OUTPUT.cpp PICTURE...\n", argv[0]), 2;
    std::string arrays;
    std::string rows;
    for (int i = 2; i < argc; ++i) {
        std::vector<float> values(static_cast<std::size_t>(size.elements()));
        const auto read = examples::read_cifar_picture(
            argv[i], examples::cifar_input(std::span(values).first<size.elements()>()));
        if (!read) return std::fprintf(stderr, "%s\n", read.error().c_str()), 2;
        const std::string array = "values_" + std::to_string(i - 2);
        arrays += array_of(values, array);
        rows += "    {\"" + std::filesystem::path(argv[i]).filename().string() + "\", " + array + "},\n";
    }
    std::ofstream file(argv[1]);
    file << "#include \"pictures.hpp\"\n\nnamespace {\n\n"
         << arrays << "\n}  // namespace\n\n"
         << "const examples::prepared_picture examples::prepared_pictures[examples::picture_count] = {\n"
         << rows << "};\n";
    file.close();
    if (!file) return std::fprintf(stderr, "%s: cannot be written\n", argv[1]), 2;
    return 0;
}
