// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/picture.hpp"

// stb_image_write encodes. Where a program has included it before, with its implementation or without, that
// is used.
#ifndef INCLUDE_STB_IMAGE_WRITE_H
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Weverything"
#else
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wdouble-promotion"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wuseless-cast"
#pragma GCC diagnostic ignored "-Wnull-dereference"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#if __has_include(<stb/stb_image_write.h>)
#include <stb/stb_image_write.h>
#elif __has_include(<stb_image_write.h>)
#include <stb_image_write.h>
#else
#error "plait/io/picture_writer.hpp needs stb_image_write.h (Debian package libstb-dev)"
#endif
#pragma GCC diagnostic pop
#undef STB_IMAGE_WRITE_IMPLEMENTATION
#undef STB_IMAGE_WRITE_STATIC
#undef STBI_WRITE_NO_STDIO
#endif

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
    if (stbi_write_png_to_func(detail::append_encoded, &file, image.width, image.height, channels,
                               image.rgb.data(), channels * image.width) == 0) {
        return failure{path.string() + ": the picture cannot be encoded as PNG"};
    }
    return write_file(file, path);
}

}  // namespace plait::inline PLAIT_TARGET
