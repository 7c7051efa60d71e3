// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plait/core/result.hpp"
#include "plait/core/shape.hpp"
#include "plait/io/file.hpp"
#include "plait/tensor/tensor.hpp"

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
// Damaged files make it read what it has not written: let that be zeros.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(memory, size) std::realloc(memory, size)
#define STBI_FREE(memory) std::free(memory)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-function"
#if __has_include(<stb/stb_image.h>)
#include <stb/stb_image.h>
#elif __has_include(<stb_image.h>)
#include <stb_image.h>
#else
#error "plait/io/picture.hpp needs stb_image.h (Debian package libstb-dev)"
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

/// Pixels of 8 bits, row by row from the top, red, green and blue together.
struct picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb;

    extent size() const { return {.height = height, .width = width}; }
    const std::uint8_t* pixel(int y, int x) const { return rgb.data() + offset(y, x); }
    std::uint8_t* pixel(int y, int x) { return rgb.data() + offset(y, x); }

    friend bool operator==(const picture&, const picture&) = default;

private:
    std::size_t offset(int y, int x) const {
        return 3 *
               (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
    }
};

/// `read_picture` refuses pictures with more: 64 megapixels.
inline constexpr std::int64_t largest_picture_pixels = 64'000'000;

namespace detail {

/// Bytes of an encoded picture as unsigned integers; past the end they are 0.
class encoded_picture {
public:
    explicit encoded_picture(std::span<const std::byte> bytes) : bytes_(bytes) {}

    std::size_t size() const { return bytes_.size(); }
    const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes_.data()); }

    std::uint32_t at(std::size_t i) const {
        return i < bytes_.size() ? std::to_integer<std::uint32_t>(bytes_[i]) : 0;
    }
    std::uint32_t big16(std::size_t i) const { return at(i) << 8 | at(i + 1); }
    std::uint32_t big32(std::size_t i) const { return big16(i) << 16 | big16(i + 2); }
    std::uint32_t little16(std::size_t i) const { return at(i) | at(i + 1) << 8; }
    std::uint32_t little32(std::size_t i) const { return little16(i) | little16(i + 2) << 16; }

    bool starts_with(std::string_view magic) const {
        const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
        return text.starts_with(magic);
    }

private:
    std::span<const std::byte> bytes_;
};

/// What a header says; not found where the file ends before.
struct picture_header {
    std::int64_t width = 0;
    std::int64_t height = 0;
    int components = 0;
    bool found = false;
};

inline constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n";
inline constexpr std::string_view jpeg_magic = "\xff\xd8\xff";
inline constexpr std::string_view bmp_magic = "BM";

// Each format's checks say why a file is not decoded, or nothing: decoders would fill in what is missing.
inline constexpr const char* no_fault = "";
inline constexpr const char* is_truncated = "is truncated";
inline constexpr const char* is_damaged = "is damaged";

inline picture_header png_header(const encoded_picture& png) {
    constexpr std::size_t header_end = 8 + 8 + 13;
    return {png.big32(16), png.big32(20), 0, png.size() >= header_end};
}

/// The chunks must go on to the last one, IEND.
inline const char* png_fault(const encoded_picture& png) {
    constexpr std::uint32_t iend = 0x49454e44;
    constexpr std::size_t around_data = 12;  // length, type and checksum
    std::size_t at = png_magic.size();
    while (png.size() - at >= around_data) {
        const std::size_t length = png.big32(at);
        if (length > png.size() - at - around_data) return is_truncated;
        if (png.big32(at + 4) == iend) return no_fault;
        at += around_data + length;
    }
    return is_truncated;
}

inline constexpr std::uint32_t jpeg_huffman_tables = 0xc4;
inline constexpr std::uint32_t jpeg_end_of_image = 0xd9;
inline constexpr std::uint32_t jpeg_start_of_scan = 0xda;

struct jpeg_marker {
    std::uint32_t code = 0;   ///< 0: there is none
    std::size_t content = 0;  ///< where its segment begins: two bytes of length

    bool starts_frame() const {
        const bool is_other = code == jpeg_huffman_tables || code == 0xc8 || code == 0xcc;
        return code >= 0xc0 && code <= 0xcf && !is_other;
    }
};

/// The first marker from `at` on, apart from those that belong into a scan.
inline jpeg_marker find_jpeg_marker(const encoded_picture& jpeg, std::size_t at) {
    for (; at + 1 < jpeg.size(); ++at) {
        const std::uint32_t code = jpeg.at(at + 1);
        const bool belongs_into_scan = code == 0 || (code >= 0xd0 && code <= 0xd7);
        if (jpeg.at(at) == 0xff && code != 0xff && !belongs_into_scan) return {code, at + 2};
    }
    return {};
}

inline jpeg_marker first_jpeg_marker(const encoded_picture& jpeg) { return find_jpeg_marker(jpeg, 2); }

inline std::size_t jpeg_segment_end(const encoded_picture& jpeg, jpeg_marker marker) {
    return marker.content + std::max(jpeg.big16(marker.content), 2u);
}

inline jpeg_marker next_jpeg_marker(const encoded_picture& jpeg, jpeg_marker marker) {
    return find_jpeg_marker(jpeg, jpeg_segment_end(jpeg, marker));
}

inline picture_header jpeg_header(const encoded_picture& jpeg) {
    jpeg_marker marker = first_jpeg_marker(jpeg);
    while (!marker.starts_frame()) {
        if (marker.code == 0 || marker.code == jpeg_end_of_image) return {};
        marker = next_jpeg_marker(jpeg, marker);
    }
    const std::size_t frame = marker.content;
    const std::int64_t width = jpeg.big16(frame + 5);
    const std::int64_t height = jpeg.big16(frame + 3);
    return {width, height, static_cast<int>(jpeg.at(frame + 7)), jpeg.size() >= frame + 8};
}

/// Whether the tables of a segment have at most 256 codes each and end with it.
inline bool huffman_tables_are_sound(const encoded_picture& jpeg, jpeg_marker marker) {
    const std::size_t end = jpeg_segment_end(jpeg, marker);
    std::size_t at = marker.content + 2;
    while (at < end) {
        std::uint32_t codes = 0;
        for (std::size_t length = 1; length <= 16; ++length) codes += jpeg.at(at + length);
        if (codes > 256) return false;
        at += 17 + codes;
    }
    return at == end;
}

/// The end of the image must follow a scan. Huffman tables that are too long are found here because stb_image
/// 2.27 writes past its own.
inline const char* jpeg_fault(const encoded_picture& jpeg) {
    bool scanned = false;
    jpeg_marker marker = first_jpeg_marker(jpeg);
    while (marker.code != jpeg_end_of_image) {
        if (marker.code == 0 || jpeg_segment_end(jpeg, marker) > jpeg.size()) return is_truncated;
        if (marker.code == jpeg_start_of_scan) scanned = true;
        if (marker.code == jpeg_huffman_tables && !huffman_tables_are_sound(jpeg, marker)) return is_damaged;
        marker = next_jpeg_marker(jpeg, marker);
    }
    return scanned ? no_fault : is_truncated;
}

/// Of a BMP, whether its header is OS/2's old one of 12 bytes.
inline bool bmp_is_old(const encoded_picture& bmp) { return bmp.little32(14) == 12; }

inline picture_header bmp_header(const encoded_picture& bmp) {
    if (bmp_is_old(bmp)) return {bmp.little16(18), bmp.little16(20), 0, bmp.size() >= 26};
    const std::int64_t width = static_cast<std::int32_t>(bmp.little32(18));
    const std::int64_t height = static_cast<std::int32_t>(bmp.little32(22));  // negative: from the top
    return {width, std::abs(height), 0, bmp.size() >= 54};
}

/// All rows must be there.
inline const char* bmp_fault(const encoded_picture& bmp) {
    const picture_header header = bmp_header(bmp);
    const bool is_compressed = !bmp_is_old(bmp) && bmp.little32(30) != 0 && bmp.little32(30) != 3;
    if (is_compressed) return no_fault;  // the decoder refuses it
    const std::int64_t bits_per_pixel = bmp.little16(bmp_is_old(bmp) ? 24 : 28);
    const std::int64_t row_bytes = (header.width * bits_per_pixel + 31) / 32 * 4;
    const std::int64_t pixels_begin = bmp.little32(10);
    const std::int64_t end = pixels_begin + header.height * row_bytes;
    return static_cast<std::int64_t>(bmp.size()) >= end ? no_fault : is_truncated;
}

struct picture_format {
    std::string_view name;
    std::string_view magic;
    picture_header (*header)(const encoded_picture&);
    const char* (*fault)(const encoded_picture&);
};

inline constexpr picture_format picture_formats[] = {
    {"PNG", png_magic, png_header, png_fault},
    {"JPEG", jpeg_magic, jpeg_header, jpeg_fault},
    {"BMP", bmp_magic, bmp_header, bmp_fault},
};

/// Why the file is not decoded, from its header and its frame alone; empty if it may be.
inline std::string why_not_decoded(const picture_format& format, const encoded_picture& file) {
    const picture_header header = format.header(file);
    if (!header.found) return is_truncated;
    const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height) + " pixels";
    if (header.width < 2 || header.height < 2) return "has " + size + " where at least 2 x 2 were expected";
    if (header.height > largest_picture_pixels / header.width) {
        return "has " + size + " where at most " + std::to_string(largest_picture_pixels) +
               " in all were expected";
    }
    if (header.components == 4) return "is a CMYK JPEG where grey or RGB was expected; convert it to RGB";
    return format.fault(file);
}

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

    int width = 0, height = 0, components = 0;
    constexpr int rgba = 4;
    const detail::decoded_pixels pixels(stbi_load_from_memory(file.data(), static_cast<int>(file.size()),
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

/// The largest square in the middle.
inline picture centre_square(const picture& from) {
    const int side = std::min(from.width, from.height);
    const int left = (from.width - side) / 2;
    const int top = (from.height - side) / 2;
    picture square{side, side, {}};
    square.rgb.reserve(3 * static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    for (int y = 0; y < side; ++y) {
        const std::uint8_t* row = from.pixel(top + y, left);
        square.rgb.insert(square.rgb.end(), row, row + 3 * side);
    }
    return square;
}

namespace detail {

/// Of one axis: output i is the sum of `taps` inputs from `begin[i]` on, times `weights[i * taps ...]`.
struct resampling {
    int taps = 0;
    std::vector<int> begin;
    std::vector<float> weights;
};

/// A triangle with half-pixel centres, as wide as an output pixel and its neighbours when shrinking, so that
/// every input counts, and as an input pixel and its neighbours when enlarging, which is bilinear.
inline resampling triangle(int inputs, int outputs) {
    const double scale = static_cast<double>(inputs) / outputs;
    const double radius = std::max(scale, 1.0);
    resampling axis;
    axis.taps = std::min(inputs, 2 * static_cast<int>(std::ceil(radius)) + 1);
    for (int i = 0; i < outputs; ++i) {
        const double centre = (i + 0.5) * scale;
        const int first = std::clamp(static_cast<int>(std::floor(centre - radius)), 0, inputs - axis.taps);
        std::vector<double> weights;
        double sum = 0;
        for (int tap = 0; tap < axis.taps; ++tap) {
            const double distance = std::abs(first + tap + 0.5 - centre) / radius;
            weights.push_back(std::max(0.0, 1.0 - distance));
            sum += weights.back();
        }
        axis.begin.push_back(first);
        for (const double weight : weights) axis.weights.push_back(static_cast<float>(weight / sum));
    }
    return axis;
}

/// One row of `width` RGB pixels, resampled along x.
inline void resample_row(const std::uint8_t* from, const resampling& axis, float* to) {
    const float* weight = axis.weights.data();
    for (const int begin : axis.begin) {
        const std::uint8_t* pixel = from + 3 * begin;
        float red = 0, green = 0, blue = 0;
        for (int tap = 0; tap < axis.taps; ++tap, ++weight, pixel += 3) {
            red += *weight * static_cast<float>(pixel[0]);
            green += *weight * static_cast<float>(pixel[1]);
            blue += *weight * static_cast<float>(pixel[2]);
        }
        *to++ = red;
        *to++ = green;
        *to++ = blue;
    }
}

inline std::uint8_t rounded(float value) {
    return static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
}

}  // namespace detail

/// The whole picture at another size, of at least one pixel: antialiased when shrinking, bilinear when
/// enlarging (half-pixel centres both), like torchvision's `resize` of a PIL picture.
inline picture resize(const picture& from, extent size) {
    const detail::resampling across = detail::triangle(from.width, size.width);
    const detail::resampling down = detail::triangle(from.height, size.height);
    const std::size_t row_values = 3 * static_cast<std::size_t>(size.width);

    std::vector<float> rows(row_values * static_cast<std::size_t>(from.height));
    for (int y = 0; y < from.height; ++y) {
        detail::resample_row(from.pixel(y, 0), across,
                             rows.data() + row_values * static_cast<std::size_t>(y));
    }

    picture resized{size.width, size.height, {}};
    resized.rgb.reserve(row_values * static_cast<std::size_t>(size.height));
    std::vector<float> sums(row_values);
    const float* weight = down.weights.data();
    for (const int begin : down.begin) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        const float* value = rows.data() + row_values * static_cast<std::size_t>(begin);
        for (int tap = 0; tap < down.taps; ++tap, ++weight) {
            for (float& sum : sums) sum += *weight * *value++;
        }
        for (const float sum : sums) resized.rgb.push_back(detail::rounded(sum));
    }
    return resized;
}

namespace detail {

/// Of one axis, where an output lies: between two inputs, so many 2048ths of the way to the latter.
struct bilinear_sample {
    int before = 0;
    int after = 0;
    int weight = 0;
};

inline constexpr int bilinear_weight_bits = 11;

/// Half-pixel centres; what lies beyond the border is the border.
inline std::vector<bilinear_sample> bilinear_samples(int inputs, int outputs) {
    const double scale = static_cast<double>(inputs) / outputs;
    std::vector<bilinear_sample> samples;
    for (int i = 0; i < outputs; ++i) {
        const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, inputs - 1.0);
        const int before = static_cast<int>(centre);
        const double weight = std::round((centre - before) * (1 << bilinear_weight_bits));
        samples.push_back({before, std::min(before + 1, inputs - 1), static_cast<int>(weight)});
    }
    return samples;
}

inline std::int32_t interpolated(std::int32_t before, std::int32_t after, std::int32_t weight) {
    return (before << bilinear_weight_bits) + (after - before) * weight;
}

/// Between two rows of bytes, in 256ths of a grey level.
inline void blend_rows(const std::uint8_t* upper, const std::uint8_t* lower, int weight,
                       std::span<std::uint16_t> blended) {
    constexpr int shift = bilinear_weight_bits - 8;
    for (std::size_t i = 0; i < blended.size(); ++i) {
        const std::int32_t value = interpolated(upper[i], lower[i], weight);
        blended[i] = static_cast<std::uint16_t>((value + (1 << (shift - 1))) >> shift);
    }
}

/// Between the RGB pixels of a row in 256ths of a grey level. Four channels at a time go into one vector: of
/// `row` one value beyond the last pixel is read, and one byte beyond the last pixel is written.
inline void sample_row(const std::uint16_t* row, std::span<const bilinear_sample> samples, std::uint8_t* to) {
    constexpr int shift = bilinear_weight_bits + 8;
    for (const bilinear_sample& sample : samples) {
        const std::uint16_t* before = row + 3 * sample.before;
        const std::uint16_t* after = row + 3 * sample.after;
        std::uint8_t pixel[4];
        for (int channel = 0; channel < 4; ++channel) {
            const std::int32_t value = interpolated(before[channel], after[channel], sample.weight);
            pixel[channel] = static_cast<std::uint8_t>((value + (1 << (shift - 1))) >> shift);
        }
        std::memcpy(to, pixel, sizeof pixel);
        to += 3;
    }
}

}  // namespace detail

/// The whole picture at another size, of at least one pixel: each pixel between the four nearest, however
/// many are skipped when shrinking. OpenCV's INTER_LINEAR, to one grey level.
inline picture resize_bilinear(const picture& from, extent size) {
    const auto across = detail::bilinear_samples(from.width, size.width);
    const auto down = detail::bilinear_samples(from.height, size.height);
    const std::size_t row_bytes = 3 * static_cast<std::size_t>(size.width);

    // One value more, as `sample_row` wants it.
    std::vector<std::uint16_t> blended(3 * static_cast<std::size_t>(from.width) + 1);
    picture resized{size.width, size.height, {}};
    resized.rgb.resize(row_bytes * static_cast<std::size_t>(size.height) + 1);
    std::uint8_t* to = resized.rgb.data();
    for (const detail::bilinear_sample& row : down) {
        detail::blend_rows(from.pixel(row.before, 0), from.pixel(row.after, 0), row.weight,
                           std::span(blended).first(blended.size() - 1));
        detail::sample_row(blended.data(), across, to);
        to += row_bytes;
    }
    resized.rgb.pop_back();
    return resized;
}

/// What a network was trained to see: each channel, scaled to [0, 1], less its mean and divided by its
/// deviation.
struct normalisation {
    float mean[3] = {0, 0, 0};
    float deviation[3] = {1, 1, 1};
};

inline constexpr normalisation no_normalisation{};

/// torchvision's, for networks trained on ImageNet.
inline constexpr normalisation imagenet_normalisation{{0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

/// Which colour a network's first plane has: red, or blue where it was trained on OpenCV's pictures.
enum class channel_order { rgb, bgr };

namespace detail {

/// What becomes of each byte of a channel (0 is red, 2 blue).
inline std::array<float, 256> normalised_bytes(const normalisation& norm, int channel) {
    std::array<float, 256> values;
    for (std::size_t byte = 0; byte < values.size(); ++byte) {
        values[byte] = (static_cast<float>(byte) / 255.0f - norm.mean[channel]) / norm.deviation[channel];
    }
    return values;
}

}  // namespace detail

/// The picture as a network's input: planes of red, green and blue, or the other way round, scaled to [0, 1]
/// and normalised. A picture of another size is resized to the shape's, as `resize` does.
template <shape Shape>
    requires(Shape.channels == 3)
tensor<float, Shape> to_tensor(const picture& from, const normalisation& norm = no_normalisation,
                               channel_order order = channel_order::rgb) {
    if (from.size() != Shape.plane()) return to_tensor<Shape>(resize(from, Shape.plane()), norm, order);
    constexpr int pixels = Shape.pixels();
    tensor<float, Shape> input;
    for (int plane = 0; plane < 3; ++plane) {
        const int channel = order == channel_order::rgb ? plane : 2 - plane;
        const std::array<float, 256> values = detail::normalised_bytes(norm, channel);
        const std::uint8_t* value = from.rgb.data() + channel;
        float* const to = input.channel(plane);
        for (int i = 0; i < pixels; ++i) to[i] = values[value[3 * i]];
    }
    return input;
}

}  // namespace plait::inline PLAIT_TARGET
