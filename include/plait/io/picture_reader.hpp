// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/io/file.hpp"
#include "plait/io/picture.hpp"
#include "plait/io/picture_format.hpp"

// stb_image decodes. Where a program has included it before, with its implementation or without, that is
// used.
#ifndef STBI_INCLUDE_STB_IMAGE_H
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 65535
#define STBI_MALLOC(size) plait::detail::allocate_for_decoder(size)
#define STBI_REALLOC(memory, size) plait::detail::reallocate_for_decoder(memory, size)
#define STBI_FREE(memory) std::free(memory)
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
#if __has_include(<stb/stb_image.h>)
#include <stb/stb_image.h>
#elif __has_include(<stb_image.h>)
#include <stb_image.h>
#else
#error "plait/io/picture_reader.hpp needs stb_image.h (Debian package libstb-dev)"
#endif
#pragma GCC diagnostic pop
#undef STB_IMAGE_IMPLEMENTATION
#undef STB_IMAGE_STATIC
#undef STBI_ONLY_PNG
#undef STBI_ONLY_JPEG
#undef STBI_ONLY_BMP
#undef STBI_NO_STDIO
#undef STBI_MALLOC
#undef STBI_REALLOC
#undef STBI_FREE
#endif

namespace plait::inline PLAIT_TARGET {

namespace detail {

struct pixels_deleter {
    void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};
using decoded_pixels = std::unique_ptr<stbi_uc, pixels_deleter>;

/// RGBA over white.
inline picture over_white(int width, int height, const stbi_uc* rgba) {
    const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    picture flat{width, height, std::vector<std::uint8_t>(3 * count)};
    for (std::size_t i = 0; i < count; ++i) {
        const int alpha = rgba[4 * i + 3];
        for (std::size_t channel = 0; channel < 3; ++channel) {
            const int colour = rgba[4 * i + channel];
            flat.rgb[3 * i + channel] =
                static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return flat;
}

}  // namespace detail

/// A PNG, JPEG or BMP in memory: grey, RGB or with a palette; transparency over white. `source_name` begins
/// the sentence of a refusal.
inline result<picture> decode_picture(std::span<const std::byte> bytes,
                                      std::string_view source_name = "picture") {
    const auto refuse = [source_name](const std::string& why) {
        return failure{std::string(source_name) + ": " + why};
    };
    if (bytes.empty()) return refuse("the file is empty");
    if (bytes.size() > largest_file_bytes) return refuse("is larger than 2 GiB");

    const detail::encoded_picture file(bytes);
    const auto* const format =
        std::find_if(std::begin(detail::picture_formats), std::end(detail::picture_formats),
                     [&](const auto& known) { return file.starts_with(known.magic); });
    if (format == std::end(detail::picture_formats)) return refuse("is not a PNG, JPEG or BMP picture");
    if (const std::string why = detail::why_not_decoded(*format, file); !why.empty()) return refuse(why);

    const std::vector<std::byte> decodable = format->decodable(file);
    const detail::encoded_picture safe = decodable.empty() ? file : detail::encoded_picture(decodable);
    if (safe.size() > largest_file_bytes) return refuse("is larger than 2 GiB");
    int width = 0, height = 0, components = 0;
    constexpr int rgba = 4;
    const detail::decoded_pixels pixels(stbi_load_from_memory(safe.data(), static_cast<int>(safe.size()),
                                                              &width, &height, &components, rgba));
    if (!pixels) {
        const char* const reason = stbi_failure_reason();
        return refuse("is a " + std::string(format->name) + " that cannot be decoded (" +
                      (reason != nullptr ? reason : "damaged") + ")");
    }
    return detail::over_white(width, height, pixels.get());
}

/// The same from a file.
inline result<picture> read_picture(const std::filesystem::path& path) {
    const result<std::vector<std::byte>> bytes = read_file(path);
    if (!bytes) return failure{bytes.error()};
    return decode_picture(*bytes, path.string());
}

}  // namespace plait::inline PLAIT_TARGET
