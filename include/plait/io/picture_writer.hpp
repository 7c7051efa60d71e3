// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/stb_encoder.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

inline void append_encoded(void* to, void* encoded, int size) {
    const auto* bytes = static_cast<const std::byte*>(encoded);
    auto& file = *static_cast<std::vector<std::byte>*>(to);
    file.insert(file.end(), bytes, bytes + size);
}

}  // namespace detail

/// Writes a PNG of 8-bit RGB: all of it, or nothing and a sentence saying why.
inline result<void> write_png(const picture& image, const std::filesystem::path& path) {
    constexpr int channels = 3;
    std::vector<std::byte> file;
    if (detail::stb_encoder::stbi_write_png_to_func(detail::append_encoded, &file, image.width, image.height,
                                                    channels, image.rgb.data(),
                                                    channels * image.width) == 0) {
        return failure{path.string() + ": the picture cannot be encoded as PNG"};
    }
    return write_file(file, path);
}

}  // namespace plait::inline PLAIT_TARGET
