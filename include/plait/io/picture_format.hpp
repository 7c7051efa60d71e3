// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plait/core/target.hpp"
#include "plait/io/encoded_picture.hpp"
#include "plait/io/exif.hpp"
#include "plait/io/jpeg_format.hpp"

// What encoded pictures say of themselves. stb_image trusts them in places: what would make it read or write
// where it must not, or take memory or time without end, is refused or mended here, before it sees the file.

namespace plait::inline PLAIT_TARGET {

/// `read_picture` refuses pictures with more: 64 megapixels.
inline constexpr std::int64_t largest_picture_pixels = 64'000'000;

namespace detail {

/// Four channels of 16 bits, and a byte before each row: no sound picture needs more in one piece.
inline constexpr std::size_t largest_decoder_bytes = 8 * std::size_t{largest_picture_pixels} + 65536;

// NOLINTBEGIN(cppcoreguidelines-no-malloc): stb_image owns what it asks for.

/// Zeros: damaged files make the decoder read what it has not written.
inline void* allocate_for_decoder(std::size_t bytes) {
    return bytes <= largest_decoder_bytes ? std::calloc(1, bytes) : nullptr;
}

inline void* reallocate_for_decoder(void* memory, std::size_t bytes) {
    return bytes <= largest_decoder_bytes ? std::realloc(memory, bytes) : nullptr;
}

// NOLINTEND(cppcoreguidelines-no-malloc)

inline constexpr std::string_view png_magic = "\x89PNG\r\n\x1a\n";
inline constexpr std::string_view bmp_magic = "BM";

inline picture_header png_header(const encoded_picture& png) {
    constexpr std::size_t header_end = 8 + 8 + 13;
    return {png.big32(16), png.big32(20), 0, png.size() >= header_end};
}

/// The name of a PNG chunk as a number.
constexpr std::uint32_t png_type(std::string_view name) {
    std::uint32_t type = 0;
    for (const char c : name) type = type << 8 | static_cast<unsigned char>(c);
    return type;
}

inline constexpr std::uint32_t png_end = png_type("IEND");
inline constexpr std::uint32_t png_palette = png_type("PLTE");
inline constexpr std::uint32_t png_pixels = png_type("IDAT");
inline constexpr std::uint32_t png_exif = png_type("eXIf");

struct png_chunk {
    std::uint32_t type = 0;  ///< 0: there is none, or not all of it
    std::size_t begin = 0;
    std::size_t length = 0;  ///< of its content

    std::size_t content() const { return begin + 8; }
    std::size_t end() const { return content() + length + 4; }  // after the checksum
};

inline png_chunk png_chunk_at(const encoded_picture& png, std::size_t begin) {
    constexpr std::size_t around_content = 12;  // length, type and checksum
    if (png.size() - begin < around_content) return {};
    const std::size_t length = png.big32(begin);
    if (length > png.size() - begin - around_content) return {};
    return {png.big32(begin + 4), begin, length};
}

inline png_chunk first_png_chunk(const encoded_picture& png) { return png_chunk_at(png, png_magic.size()); }

inline png_chunk next_png_chunk(const encoded_picture& png, const png_chunk& chunk) {
    return png_chunk_at(png, chunk.end());
}

/// Whether the chunk may not be skipped (its name begins with a capital) but is none of the format's.
inline bool is_unknown(const png_chunk& chunk) {
    const bool is_critical = (chunk.type & 0x2000'0000u) == 0;
    return is_critical && chunk.type != png_type("IHDR") && chunk.type != png_palette &&
           chunk.type != png_pixels && chunk.type != png_end;
}

/// The chunks must begin with the header and go on to the last one, IEND. stb_image would take a header after
/// an unknown chunk, CgBI, for which nothing was checked.
inline const char* png_fault(const encoded_picture& png) {
    png_chunk chunk = first_png_chunk(png);
    if (chunk.type != 0 && chunk.type != png_type("IHDR")) return is_damaged;
    while (chunk.type != png_end) {
        if (chunk.type == 0) return is_truncated;
        if (is_unknown(chunk)) return is_damaged;
        chunk = next_png_chunk(png, chunk);
    }
    return no_fault;
}

/// The TIFF header of a PNG without fault; empty if it has none.
inline std::span<const std::byte> exif_of_png(const encoded_picture& png) {
    for (png_chunk chunk = first_png_chunk(png); chunk.type != png_end; chunk = next_png_chunk(png, chunk)) {
        if (chunk.type == png_exif) return png.part(chunk.content(), chunk.content() + chunk.length);
    }
    return {};
}

/// Decoders look up any colour that a byte can name, also those that a palette does not have.
inline constexpr std::size_t whole_palette = 256;

inline void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
    const std::size_t before = to.size();
    to.resize(before + bytes.size());
    std::copy(bytes.begin(), bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(before));
}

/// A palette chunk with black for the colours that are missing, and no true checksum.
inline void append_whole_palette(std::vector<std::byte>& to, std::span<const std::byte> colours) {
    constexpr std::size_t bytes = 3 * whole_palette;
    for (const std::size_t byte : {std::size_t{0}, std::size_t{0}, bytes >> 8, bytes & 255})
        to.push_back(static_cast<std::byte>(byte));
    for (const char c : {'P', 'L', 'T', 'E'}) to.push_back(static_cast<std::byte>(c));
    append(to, colours);
    to.resize(to.size() + bytes - colours.size() + 4);
}

/// Whether it is a palette of fewer colours than a byte can name.
inline bool is_short_palette(const png_chunk& chunk) {
    return chunk.type == png_palette && chunk.length > 0 && chunk.length < 3 * whole_palette &&
           chunk.length % 3 == 0;
}

/// stb_image copies it to a null pointer.
inline bool is_empty_pixels(const png_chunk& chunk) { return chunk.type == png_pixels && chunk.length == 0; }

inline bool is_decodable_png(const encoded_picture& png) {
    for (png_chunk chunk = first_png_chunk(png); chunk.type != png_end; chunk = next_png_chunk(png, chunk)) {
        if (is_short_palette(chunk) || is_empty_pixels(chunk)) return false;
    }
    return true;
}

/// With a whole palette, and without empty chunks of pixels.
inline std::vector<std::byte> decodable_png(const encoded_picture& png) {
    if (is_decodable_png(png)) return {};
    std::vector<std::byte> made;
    append(made, png.part(0, png_magic.size()));
    bool has_palette = false;
    png_chunk chunk = first_png_chunk(png);
    for (; chunk.type != png_end; chunk = next_png_chunk(png, chunk)) {
        if (is_short_palette(chunk) && !std::exchange(has_palette, true)) {
            append_whole_palette(made, png.part(chunk.content(), chunk.content() + chunk.length));
        } else if (!is_empty_pixels(chunk)) {
            append(made, png.part(chunk.begin, chunk.end()));
        }
    }
    append(made, png.part(chunk.begin, chunk.end()));
    return made;
}

/// Of a BMP, whether its header is OS/2's old one of 12 bytes.
inline bool bmp_is_old(const encoded_picture& bmp) { return bmp.little32(14) == 12; }

inline picture_header bmp_header(const encoded_picture& bmp) {
    if (bmp_is_old(bmp)) return {bmp.little16(18), bmp.little16(20), 0, bmp.size() >= 26};
    const std::int64_t width = static_cast<std::int32_t>(bmp.little32(18));
    const std::int64_t height = static_cast<std::int32_t>(bmp.little32(22));  // negative: from the top
    return {width, std::abs(height), 0, bmp.size() >= 54};
}

/// Where a BMP keeps what.
struct bmp_layout {
    explicit bmp_layout(const encoded_picture& bmp)
        : is_old(bmp_is_old(bmp)),
          bits_per_pixel(bmp.little16(is_old ? 24 : 28)),
          compression(is_old ? 0 : bmp.little32(30)),
          colours_begin(14 + std::size_t{bmp.little32(14)}),
          pixels_begin(bmp.little32(10)) {}

    bool is_old;
    std::int64_t bits_per_pixel;
    std::uint32_t compression;
    std::size_t colours_begin;
    std::size_t pixels_begin;

    bool has_palette() const { return bits_per_pixel < 16; }
    bool is_compressed() const { return compression != 0 && compression != 3; }  // 3: masks of colours
    std::size_t colour_bytes() const { return is_old ? 3 : 4; }
    /// stb_image keeps 12 bytes more than an old BMP has before its pixels.
    std::size_t decoded_pixels_begin() const {
        return colours_begin + colour_bytes() * whole_palette + (is_old ? 12 : 0);
    }
};

/// All rows must be there, and a palette in front of them.
inline const char* bmp_fault(const encoded_picture& bmp) {
    const picture_header header = bmp_header(bmp);
    const bmp_layout layout(bmp);
    if (layout.is_compressed()) return "is a compressed BMP where plain pixels were expected";
    if (layout.has_palette() && layout.pixels_begin < layout.colours_begin) return is_damaged;
    const std::int64_t row_bytes = (header.width * layout.bits_per_pixel + 31) / 32 * 4;
    const std::int64_t end = static_cast<std::int64_t>(layout.pixels_begin) + header.height * row_bytes;
    return static_cast<std::int64_t>(bmp.size()) >= end ? no_fault : is_truncated;
}

/// With a whole palette, if it has one, black for the colours that are missing.
inline std::vector<std::byte> decodable_bmp(const encoded_picture& bmp) {
    const bmp_layout layout(bmp);
    if (!layout.has_palette()) return {};
    const std::size_t colours =
        std::min(layout.pixels_begin - layout.colours_begin, layout.colour_bytes() * whole_palette);
    std::vector<std::byte> made;
    append(made, bmp.part(0, layout.colours_begin + colours));
    made.resize(layout.decoded_pixels_begin());
    for (std::size_t i = 0; i < 4; ++i) made[10 + i] = static_cast<std::byte>(made.size() >> (8 * i));
    append(made, bmp.part(layout.pixels_begin, bmp.size()));
    return made;
}

inline std::span<const std::byte> no_exif(const encoded_picture&) { return {}; }

struct picture_format {
    std::string_view name;
    std::string_view magic;
    picture_header (*header)(const encoded_picture&);
    const char* (*fault)(const encoded_picture&);
    /// Of a file without fault, what to give to the decoder instead; nothing: the file itself.
    std::vector<std::byte> (*decodable)(const encoded_picture&);
    /// Of a file without fault, what it says of the camera; empty if nothing.
    std::span<const std::byte> (*exif)(const encoded_picture&);
};

inline constexpr picture_format picture_formats[] = {
    {"PNG", png_magic, png_header, png_fault, decodable_png, exif_of_png},
    {"JPEG", jpeg_magic, jpeg_header, jpeg_fault, decodable_jpeg, exif_of_jpeg},
    {"BMP", bmp_magic, bmp_header, bmp_fault, decodable_bmp, no_exif},
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

}  // namespace detail

}  // namespace plait::inline PLAIT_TARGET
