// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
#include "plait/io/stb_decoder.hpp"

namespace plait::inline PLAIT_TARGET {

namespace detail {

struct pixels_deleter {
    void operator()(stb_decoder::stbi_uc* pixels) const { stb_decoder::stbi_image_free(pixels); }
};
using decoded_pixels = std::unique_ptr<stb_decoder::stbi_uc, pixels_deleter>;

/// RGBA over white, upright.
inline picture over_white(int width, int height, const std::uint8_t* rgba, int orientation) {
    const pixel_order order = upright(width, height, orientation);
    const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    picture flat{order.width, order.height, std::vector<std::uint8_t>(3 * count)};
    for (int y = 0; y < height; ++y) {
        std::ptrdiff_t place = order.first + y * order.next_row;
        for (int x = 0; x < width; ++x, place += order.next, rgba += 4) {
            std::uint8_t* const pixel = flat.rgb.data() + 3 * place;
            const int alpha = rgba[3];
            for (int channel = 0; channel < 3; ++channel) {
                pixel[channel] =
                    static_cast<std::uint8_t>((rgba[channel] * alpha + 255 * (255 - alpha) + 127) / 255);
            }
        }
    }
    return flat;
}

}  // namespace detail

/// A PNG, JPEG or BMP in memory: grey, RGB or with a palette; transparency over white. A photograph is turned
/// and mirrored as EXIF's orientation says, so that width, height and pixels are those that a viewer shows.
/// `source_name` begins the sentence of a refusal.
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
    const detail::decoded_pixels pixels(detail::stb_decoder::stbi_load_from_memory(
        safe.data(), static_cast<int>(safe.size()), &width, &height, &components, rgba));
    if (!pixels) {
        const char* const reason = detail::stb_decoder::stbi_failure_reason();
        return refuse("is a " + std::string(format->name) + " that cannot be decoded (" +
                      (reason != nullptr ? reason : "damaged") + ")");
    }
    const int orientation = detail::exif_orientation(detail::encoded_picture(format->exif(file)));
    return detail::over_white(width, height, pixels.get(), orientation);
}

/// The same from a file.
inline result<picture> read_picture(const std::filesystem::path& path) {
    const result<std::vector<std::byte>> bytes = read_file(path);
    if (!bytes) return failure{bytes.error()};
    return decode_picture(*bytes, path.string());
}

}  // namespace plait::inline PLAIT_TARGET
