// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/picture_reader.hpp"

#include <doctest/doctest.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <atomic>
#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <stb/stb_image_write.h>

#include "made_pictures.hpp"
#include "scratch_folder.hpp"

#ifndef PLAIT_SOURCE_DIR
#error "PLAIT_SOURCE_DIR must name the folder of the sources"
#endif

using namespace made_pictures;
using plait::picture;

namespace {

using bytes = std::vector<std::byte>;

/// tests/pictures holds one picture of 16 x 12 in many forms.
std::filesystem::path stored(std::string_view name) {
    return std::filesystem::path(PLAIT_SOURCE_DIR) / "tests" / "pictures" / name;
}

picture decoded(std::string_view name) {
    auto read = plait::read_picture(stored(name));
    INFO(read.error());
    REQUIRE(read);
    return *std::move(read);
}

bytes contents(std::string_view name) {
    auto read = plait::read_file(stored(name));
    REQUIRE(read);
    return *std::move(read);
}

std::string refusal(std::span<const std::byte> file) {
    const auto read = plait::decode_picture(file, "p");
    REQUIRE_FALSE(read);
    return read.error();
}

bytes first(bytes file, std::size_t count) {
    file.resize(count);
    return file;
}

void append_to_bytes(void* to, void* data, int size) {
    const auto* begin = static_cast<const std::byte*>(data);
    static_cast<bytes*>(to)->insert(static_cast<bytes*>(to)->end(), begin, begin + size);
}

bytes png_of(int width, int height, int channels, const std::vector<std::uint8_t>& values) {
    bytes file;
    stbi_write_png_to_func(append_to_bytes, &file, width, height, channels, values.data(), width * channels);
    return file;
}

bytes bmp_of(const picture& p) {
    bytes file;
    stbi_write_bmp_to_func(append_to_bytes, &file, p.width, p.height, 3, p.rgb.data());
    return file;
}

void put(bytes& file, std::size_t at, std::initializer_list<unsigned> values) {
    for (const unsigned value : values) file[at++] = static_cast<std::byte>(value);
}

void append(bytes& to, std::initializer_list<unsigned> values) {
    for (const unsigned value : values) to.push_back(static_cast<std::byte>(value));
}

/// A PNG chunk; the decoder does not look at its checksum.
bytes chunk(std::string_view name, const bytes& content) {
    const auto length = static_cast<unsigned>(content.size());
    bytes made;
    append(made, {length >> 24, length >> 16 & 255, length >> 8 & 255, length & 255});
    for (const char c : name) made.push_back(static_cast<std::byte>(c));
    made.insert(made.end(), content.begin(), content.end());
    append(made, {0, 0, 0, 0});
    return made;
}

/// A PNG of two rows of two bytes, 0 and 1 in each, that are colours of a palette.
bytes png_of_chunks(std::initializer_list<bytes> between, bytes zipped = {}) {
    if (zipped.empty()) append(zipped, {0x78, 1, 1, 6, 0, 249, 255, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0});
    bytes file;
    append(file, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    std::vector<bytes> chunks{chunk("IHDR", bytes(13))};
    put(chunks[0], 8, {0, 0, 0, 2, 0, 0, 0, 2, 8, 3, 0, 0, 0});
    chunks.insert(chunks.end(), between);
    chunks.push_back(chunk("IDAT", zipped));
    chunks.push_back(chunk("IEND", {}));
    for (const bytes& each : chunks) file.insert(file.end(), each.begin(), each.end());
    return file;
}

/// A BMP of two rows, in each the pixels 0 and 1, of this header of `header_bytes` and these colours.
bytes bmp_of_colours(unsigned header_bytes, const bytes& colours) {
    const bool is_old = header_bytes == 12;
    bytes file(14 + header_bytes);
    put(file, 0, {'B', 'M'});
    const auto begin = static_cast<unsigned>(file.size() + colours.size());
    put(file, 10, {begin & 255, begin >> 8, 0, 0, header_bytes});
    put(file, 18, {2});
    put(file, is_old ? 20 : 22, {2});
    put(file, is_old ? 22 : 26, {1, 0, 8});
    for (const std::byte colour : colours) file.push_back(colour);
    append(file, {0, 1, 0, 0, 0, 1, 0, 0});
    return file;
}

bytes joined(std::initializer_list<bytes> parts) {
    bytes made;
    for (const bytes& part : parts) made.insert(made.end(), part.begin(), part.end());
    return made;
}

bytes inserted(bytes file, std::size_t at, const bytes& part) {
    file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), part.begin(), part.end());
    return file;
}

enum class byte_order { little, big };

/// A number of two bytes, or of four.
bytes number(byte_order order, unsigned value, unsigned size) {
    bytes made;
    for (unsigned i = 0; i < size; ++i) {
        const unsigned shift = 8 * (order == byte_order::little ? i : size - 1 - i);
        append(made, {value >> shift & 255});
    }
    return made;
}

struct tiff_entry {
    unsigned tag = 0x0112;
    unsigned type = 3;
    unsigned count = 1;
    unsigned value = 6;
};

/// A TIFF header with one directory, at `directory`, that says it has `entries` fields.
bytes tiff(byte_order order, const std::vector<tiff_entry>& fields, unsigned directory = 8,
           unsigned entries = 1000) {
    bytes made;
    append(made, order == byte_order::little ? std::initializer_list<unsigned>{'I', 'I'}
                                             : std::initializer_list<unsigned>{'M', 'M'});
    const auto add = [&](unsigned value, unsigned size) {
        const bytes more = number(order, value, size);
        made.insert(made.end(), more.begin(), more.end());
    };
    add(42, 2);
    add(directory, 4);
    add(entries == 1000 ? static_cast<unsigned>(fields.size()) : entries, 2);
    for (const tiff_entry& field : fields) {
        add(field.tag, 2);
        add(field.type, 2);
        add(field.count, 4);
        add(field.value, field.type == 3 ? 2 : 4);
        if (field.type == 3) add(0, 2);
    }
    add(8, 4);  // the next directory: this one
    return made;
}

bytes oriented(byte_order order, int orientation) {
    return tiff(order, {{.tag = 0x010f, .type = 2, .count = 4, .value = 0x6d616b65},
                        {.value = static_cast<unsigned>(orientation)},
                        {.tag = 0x8769, .type = 4, .count = 1, .value = 8}});
}

/// A JPEG's segment.
bytes segment(unsigned code, const bytes& content) {
    bytes made;
    const auto length = static_cast<unsigned>(content.size() + 2);
    append(made, {0xff, code, length >> 8, length & 255});
    return joined({made, content});
}

bytes exif_segment(const bytes& tiff_header) {
    bytes begin;
    append(begin, {'E', 'x', 'i', 'f', 0, 0});
    return segment(0xe1, joined({begin, tiff_header}));
}

/// Where a JPEG's segment of this code begins.
std::size_t segment_begin(const bytes& jpeg, unsigned code) {
    std::size_t at = 2;
    while (jpeg.at(at + 1) != static_cast<std::byte>(code)) {
        REQUIRE(jpeg.at(at + 1) != std::byte{0xda});
        at += 2 + (std::to_integer<std::size_t>(jpeg.at(at + 2)) << 8 |
                   std::to_integer<std::size_t>(jpeg.at(at + 3)));
    }
    return at;
}

/// Without its segments of this code before the scan.
bytes without_segments(bytes jpeg, unsigned code) {
    for (std::size_t at = 2; jpeg.at(at + 1) != std::byte{0xda};) {
        const std::size_t end =
            at + 2 +
            (std::to_integer<std::size_t>(jpeg[at + 2]) << 8 | std::to_integer<std::size_t>(jpeg[at + 3]));
        const bool goes = jpeg[at + 1] == static_cast<std::byte>(code);
        const auto begin = jpeg.begin();
        if (goes)
            jpeg.erase(begin + static_cast<std::ptrdiff_t>(at), begin + static_cast<std::ptrdiff_t>(end));
        if (!goes) at = end;
    }
    return jpeg;
}

/// What a viewer shows of a picture with this orientation: `at(x, y)` of what is shown.
picture shown(const picture& stored, int orientation) {
    const int w = stored.width, h = stored.height;
    picture made = orientation < 5 ? picture{w, h, {}} : picture{h, w, {}};
    for (int y = 0; y < made.height; ++y) {
        for (int x = 0; x < made.width; ++x) {
            const std::uint8_t* pixel = nullptr;
            switch (orientation) {
                case 1: pixel = stored.pixel(y, x); break;
                case 2: pixel = stored.pixel(y, w - 1 - x); break;
                case 3: pixel = stored.pixel(h - 1 - y, w - 1 - x); break;
                case 4: pixel = stored.pixel(h - 1 - y, x); break;
                case 5: pixel = stored.pixel(x, y); break;
                case 6: pixel = stored.pixel(h - 1 - x, y); break;
                case 7: pixel = stored.pixel(h - 1 - x, w - 1 - y); break;
                default: pixel = stored.pixel(x, w - 1 - y); break;
            }
            made.rgb.insert(made.rgb.end(), pixel, pixel + 3);
        }
    }
    return made;
}

picture accepted(const bytes& file) {
    auto read = plait::decode_picture(file);
    REQUIRE_MESSAGE(read, read.error());
    return *std::move(read);
}

/// A grey JPEG of blocks of 8 x 8, from left to right: each one's grey is 16 more than the last one's, and
/// the first one's is 128 + 16.
bytes jpeg_of_blocks(unsigned blocks, unsigned restart_interval) {
    bytes file, quantisation, frame, table_dc, table_ac, scan;
    append(file, {0xff, 0xd8});
    append(quantisation, {0});
    for (int i = 0; i < 64; ++i) append(quantisation, {1});
    append(frame, {8, 0, 8, blocks >> 5, blocks << 3 & 255, 1, 1, 0x11, 0});
    // 0 is a difference of 8 bits, 0 the end of a block; no code has only ones.
    append(table_dc, {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8});
    append(table_ac, {0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    append(scan, {1, 1, 0, 0, 63, 0});
    file = joined({file, segment(0xdb, quantisation), segment(0xc0, frame), segment(0xc4, table_dc),
                   segment(0xc4, table_ac)});
    if (restart_interval > 0) {
        file = joined({file, segment(0xdd, number(byte_order::big, restart_interval, 2))});
    }
    file = joined({file, segment(0xda, scan)});
    unsigned bits = 0, held = 0, restarts = 0;
    const auto put_bits = [&](unsigned value, unsigned count) {
        for (unsigned i = count; i > 0; --i) {
            bits = bits << 1 | (value >> (i - 1) & 1);
            if (++held % 8 == 0) append(file, {bits & 255});
        }
    };
    const auto fill_byte = [&] {
        while (held % 8 != 0) put_bits(1, 1);
    };
    for (unsigned i = 0; i < blocks; ++i) {
        if (restart_interval > 0 && i > 0 && i % restart_interval == 0) {
            fill_byte();
            append(file, {0xff, 0xd0 + restarts++ % 8});
        }
        put_bits(0, 1);
        put_bits(128, 8);  // 8 times the grey
        put_bits(0, 1);
    }
    fill_byte();
    append(file, {0xff, 0xd9});
    return file;
}

}  // namespace

TEST_CASE("PNG, JPEG and BMP in their forms") {
    const picture rgb = decoded("rgb.png");
    CHECK(rgb.width == 16);
    CHECK(rgb.height == 12);
    REQUIRE(rgb.rgb.size() == 16 * 12 * 3);

    CHECK(decoded("interlaced.png") == rgb);
    CHECK(largest_difference(decoded("sixteen_bit.png").rgb, rgb.rgb) <= 1);
    CHECK(decoded("palette.png").size() == rgb.size());
    CHECK(largest_difference(decoded("rgb.jpg").rgb, rgb.rgb) <= 12);
    CHECK(largest_difference(decoded("progressive.jpg").rgb, decoded("rgb.jpg").rgb) <= 12);

    const auto bmp = plait::decode_picture(bmp_of(rgb));
    REQUIRE(bmp);
    CHECK(*bmp == rgb);
}

TEST_CASE("grey becomes RGB") {
    for (const char* name : {"grey.png", "grey.jpg"}) {
        const picture grey = decoded(name);
        REQUIRE(grey.rgb.size() == 16 * 12 * 3);
        for (std::size_t i = 0; i < grey.rgb.size(); i += 3) {
            REQUIRE(grey.rgb[i] == grey.rgb[i + 1]);
            REQUIRE(grey.rgb[i] == grey.rgb[i + 2]);
        }
    }
    CHECK(largest_difference(decoded("grey.jpg").rgb, decoded("grey.png").rgb) <= 4);
}

TEST_CASE("transparency becomes white") {
    const auto rgba = plait::decode_picture(
        png_of(2, 2, 4, {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128, 255, 255, 255, 7}));
    REQUIRE(rgba);
    CHECK(rgba->rgb == std::vector<std::uint8_t>{10, 20, 30, 255, 255, 255, 127, 177, 255, 255, 255, 255});

    const auto grey_alpha = plait::decode_picture(png_of(2, 2, 2, {0, 255, 0, 0, 100, 255, 100, 51}));
    REQUIRE(grey_alpha);
    CHECK(grey_alpha->rgb == std::vector<std::uint8_t>{0, 0, 0, 255, 255, 255, 100, 100, 100, 224, 224, 224});

    // rgba.png is rgb.png, transparent on its left and opaque on its right.
    const picture faded = decoded("rgba.png");
    const picture rgb = decoded("rgb.png");
    for (int channel = 0; channel < 3; ++channel) {
        CHECK(faded.pixel(6, 0)[channel] == 255);
        CHECK(std::abs(faded.pixel(6, 15)[channel] - rgb.pixel(6, 15)[channel]) <= 1);
    }
}

TEST_CASE("a JPEG is turned as its EXIF says") {
    const bytes file = contents("rgb.jpg");
    const picture stored = accepted(file);
    for (const byte_order order : {byte_order::little, byte_order::big}) {
        for (int orientation = 1; orientation <= 8; ++orientation) {
            CAPTURE(orientation);
            const bytes exif = exif_segment(oriented(order, orientation));
            const picture expected = shown(stored, orientation);
            CHECK(expected.width == (orientation < 5 ? 16 : 12));
            CHECK(accepted(inserted(file, 2, exif)) == expected);
            CHECK(accepted(inserted(file, segment_begin(file, 0xc0), exif)) == expected);
            CHECK(accepted(inserted(file, segment_begin(file, 0xda), exif)) == expected);
        }
    }
    // Behind the first scan is too late.
    const bytes progressive = contents("progressive.jpg");
    const bytes exif = exif_segment(oriented(byte_order::big, 6));
    CHECK(accepted(inserted(progressive, progressive.size() - 2, exif)) == accepted(progressive));

    const scratch_folder folder;
    const auto read = plait::read_picture(folder.write("turned.jpg", inserted(file, 2, exif)));
    REQUIRE(read);
    CHECK(read->size() == plait::extent{.height = 16, .width = 12});
}

TEST_CASE("a PNG is turned as its EXIF says") {
    //  0 1 2
    //  3 4 5
    const std::vector<std::vector<int>> expected{{0, 1, 2, 3, 4, 5}, {2, 1, 0, 5, 4, 3}, {5, 4, 3, 2, 1, 0},
                                                 {3, 4, 5, 0, 1, 2}, {0, 3, 1, 4, 2, 5}, {3, 0, 4, 1, 5, 2},
                                                 {5, 2, 4, 1, 3, 0}, {2, 5, 1, 4, 0, 3}};
    const bytes file = png_of(3, 2, 1, {0, 1, 2, 3, 4, 5});
    for (const std::size_t place : {std::size_t{8 + 25}, file.size() - 12}) {
        for (int orientation = 1; orientation <= 8; ++orientation) {
            CAPTURE(orientation);
            const bytes exif = chunk("eXIf", oriented(byte_order::big, orientation));
            const picture turned = accepted(inserted(file, place, exif));
            CHECK(turned.width == (orientation < 5 ? 3 : 2));
            CHECK(turned.height == (orientation < 5 ? 2 : 3));
            std::vector<int> red;
            for (std::size_t i = 0; i < turned.rgb.size(); i += 3) red.push_back(turned.rgb[i]);
            CHECK(red == expected[static_cast<std::size_t>(orientation - 1)]);
        }
    }
}

TEST_CASE("EXIF that makes no sense leaves a picture as it lies") {
    const bytes file = contents("rgb.jpg");
    const picture stored = accepted(file);
    std::vector<bytes> nonsense{bytes{}, bytes(5), bytes(200, std::byte{0xff})};
    for (const byte_order order : {byte_order::little, byte_order::big}) {
        nonsense.push_back(tiff(order, {}));
        nonsense.push_back(tiff(order, {}, 8, 65535));
        for (const unsigned value : {0u, 9u, 256u, 65535u})
            nonsense.push_back(tiff(order, {{.value = value}}));
        for (const unsigned directory :
             {0u, 1u, 7u, 26u, 27u, 1000u, 0x7fffffffu, 0xfffffff0u, 0xffffffffu}) {
            nonsense.push_back(tiff(order, {{}}, directory));
        }
        for (const unsigned type : {0u, 1u, 2u, 4u, 5u, 65535u}) {
            nonsense.push_back(tiff(order, {{.type = type}}));
        }
        for (const unsigned count : {0u, 2u, 0xffffffffu})
            nonsense.push_back(tiff(order, {{.count = count}}));
        nonsense.push_back(tiff(order, {{}}, 8, 0));
        bytes other_magic = tiff(order, {{}});
        other_magic[2] ^= std::byte{1};
        other_magic[3] ^= std::byte{1};
        nonsense.push_back(other_magic);
        for (std::size_t size = 0; size < 22; ++size) nonsense.push_back(first(tiff(order, {{}}), size));
    }
    for (const bytes& exif : nonsense) {
        REQUIRE(accepted(inserted(file, 2, exif_segment(exif))) == stored);
        REQUIRE(accepted(inserted(contents("rgb.png"), 8 + 25, chunk("eXIf", exif))) == decoded("rgb.png"));
    }

    // Segments of the same kind that are something else, or whose content is too short for a name.
    for (const bytes& other : {bytes{}, bytes(1), bytes(5, std::byte{'E'}), bytes(40, std::byte{'h'})}) {
        REQUIRE(accepted(inserted(file, 2, segment(0xe1, other))) == stored);
    }
}

TEST_CASE("the first EXIF counts, and its first field that makes sense") {
    const bytes file = contents("rgb.jpg");
    const bytes sixth = exif_segment(oriented(byte_order::little, 6));
    const bytes third = exif_segment(oriented(byte_order::big, 3));
    const bytes other = segment(0xe1, bytes(40, std::byte{'h'}));
    const picture stored = accepted(file);
    CHECK(accepted(inserted(file, 2, joined({sixth, third}))) == shown(stored, 6));
    CHECK(accepted(inserted(file, 2, joined({other, third, sixth}))) == shown(stored, 3));
    const bytes twice = exif_segment(tiff(byte_order::big, {{.value = 0}, {.value = 8}, {.value = 3}}));
    CHECK(accepted(inserted(file, 2, twice)) == shown(stored, 8));
    // More fields are promised than there are.
    const bytes promised = exif_segment(tiff(byte_order::big, {{.value = 5}}, 8, 65535));
    CHECK(accepted(inserted(file, 2, promised)) == shown(stored, 5));
}

TEST_CASE("refused: no picture") {
    const scratch_folder folder;
    const auto refused = [](const std::filesystem::path& path) { return plait::read_picture(path).error(); };
    CHECK(refused(folder / "none.png") == (folder / "none.png").string() + ": no such file");
    CHECK(refused(folder.path()) == folder.path().string() + ": is a directory where a file was expected");
    const auto empty = folder.write("empty.png", "");
    CHECK(refused(empty) == empty.string() + ": the file is empty");
    const auto text = folder.write("text.jpg", "Not a picture.\n");
    CHECK(refused(text) == text.string() + ": is not a PNG, JPEG or BMP picture");
    CHECK(refusal(std::as_bytes(std::span("GIF89a"))) == "p: is not a PNG, JPEG or BMP picture");
    CHECK(plait::decode_picture({}).error() == "picture: the file is empty");
}

TEST_CASE("refused: truncated at any byte") {
    CHECK(refusal(contents("truncated.jpg")) == "p: is truncated");
    for (const bytes& whole :
         {contents("rgb.png"), contents("rgb.jpg"), contents("progressive.jpg"), bmp_of(pattern(5, 4))}) {
        for (std::size_t size = 1; size < whole.size(); ++size) {
            CAPTURE(size);
            const std::string why = refusal(first(whole, size));
            const bool recognised = why == "p: is truncated";
            const bool too_short = size < 8 && why == "p: is not a PNG, JPEG or BMP picture";
            REQUIRE((recognised || too_short));
        }
        CHECK(plait::decode_picture(whole));
    }
}

TEST_CASE("a JPEG's thumbnail is not its end") {
    // An APP1 segment with a whole JPEG in it, as cameras write it, before the truncated picture.
    const bytes thumbnail = contents("grey.jpg");
    const bytes cut = contents("truncated.jpg");
    bytes file = first(cut, 2);
    const std::size_t length = thumbnail.size() + 2;
    file.resize(6);
    put(file, 2, {0xff, 0xe1, static_cast<unsigned>(length >> 8), static_cast<unsigned>(length & 255)});
    file.insert(file.end(), thumbnail.begin(), thumbnail.end());
    file.insert(file.end(), cut.begin() + 2, cut.end());
    CHECK(refusal(file) == "p: is truncated");
}

TEST_CASE("refused: a PNG whose end is there, but not all its pixels") {
    const bytes whole = contents("rgb.png");
    bytes file = first(whole, 8 + 25);
    file.insert(file.end(), whole.end() - 12, whole.end());
    CHECK(refusal(file) == "p: is a PNG that cannot be decoded (no IDAT)");
}

TEST_CASE("refused: too small") {
    CHECK(refusal(contents("one_pixel.png")) == "p: has 1 x 1 pixels where at least 2 x 2 were expected");
    CHECK(refusal(bmp_of(one_colour(1, 1, 9))) == "p: has 1 x 1 pixels where at least 2 x 2 were expected");
    CHECK(refusal(bmp_of(one_colour(9, 1, 9))) == "p: has 9 x 1 pixels where at least 2 x 2 were expected");
    bytes jpeg = contents("rgb.jpg");
    for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
        if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xc0}) put(jpeg, i + 5, {0, 1, 0, 1});
    }
    CHECK(refusal(jpeg) == "p: has 1 x 1 pixels where at least 2 x 2 were expected");
    CHECK(plait::decode_picture(bmp_of(one_colour(2, 2, 9))));
}

TEST_CASE("refused: too large, by the header alone") {
    const char* const too_large = "p: has 20000 x 20000 pixels where at most 64000000 in all were expected";
    bytes png = contents("rgb.png");
    put(png, 16, {0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20});
    CHECK(refusal(png) == too_large);
    CHECK(refusal(first(png, 8 + 25)) == too_large);

    bytes bmp = bmp_of(pattern(5, 4));
    put(bmp, 18, {0x20, 0x4e, 0, 0, 0x20, 0x4e, 0, 0});
    CHECK(refusal(bmp) == too_large);
    put(bmp, 22, {0xe0, 0xb1, 0xff, 0xff});  // -20000: rows from the top
    CHECK(refusal(bmp) == too_large);

    bytes jpeg = contents("rgb.jpg");
    for (std::size_t i = 0; i + 9 < jpeg.size(); ++i) {
        if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xc0}) {
            put(jpeg, i + 5, {0x4e, 0x20, 0x4e, 0x20});
        }
    }
    CHECK(refusal(jpeg) == too_large);

    put(png, 16, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
    CHECK(refusal(png) ==
          "p: has 4294967295 x 4294967295 pixels where at most 64000000 in all were expected");
    put(png, 16, {0x00, 0xff, 0xff, 0xff, 0, 0, 0, 2});
    CHECK(refusal(png) == "p: is a PNG that cannot be decoded (too large)");
}

TEST_CASE("refused: forms that are not read") {
    CHECK(refusal(contents("cmyk.jpg")) ==
          "p: is a CMYK JPEG where grey or RGB was expected; convert it to RGB");
    bytes compressed = bmp_of(pattern(5, 4));
    put(compressed, 30, {1});
    CHECK(refusal(compressed) == "p: is a compressed BMP where plain pixels were expected");
    put(compressed, 30, {0, 0, 0, 0xb0});  // stb_image takes negative numbers for none
    CHECK(refusal(compressed) == "p: is a compressed BMP where plain pixels were expected");
}

TEST_CASE("refused: Huffman tables longer than any") {
    bytes jpeg = contents("rgb.jpg");
    for (std::size_t i = 0; i + 21 < jpeg.size(); ++i) {
        if (jpeg[i] == std::byte{0xff} && jpeg[i + 1] == std::byte{0xc4}) put(jpeg, i + 19, {255, 255});
    }
    CHECK(refusal(jpeg) == "p: is damaged");
}

TEST_CASE("refused: a JPEG without the tables that its scans need") {
    const char* const no_huffman = "p: lacks a Huffman table that one of its scans needs";
    const char* const no_quantisation = "p: lacks a quantisation table that one of its scans needs";
    for (const char* name : {"rgb.jpg", "grey.jpg", "progressive.jpg"}) {
        CAPTURE(name);
        const bytes whole = contents(name);
        CHECK(refusal(without_segments(whole, 0xc4)) == no_huffman);
        CHECK(refusal(without_segments(whole, 0xdb)) == no_quantisation);

        // Another number than that of the table that is there.
        bytes file = whole;
        put(file, segment_begin(whole, 0xdb) + 4, {3});
        CHECK(refusal(file) == no_quantisation);
        file = whole;
        put(file, segment_begin(whole, 0xc4) + 4, {3});
        CHECK(refusal(file) == no_huffman);
        file = whole;
        put(file, segment_begin(whole, 0xc4) + 4, {4});
        CHECK(refusal(file) == "p: is damaged");
        file = whole;
        put(file, segment_begin(whole, 0xdb) + 4, {4});
        CHECK(refusal(file) == "p: is damaged");

        // A table of zeros.
        file = whole;
        const std::size_t table = segment_begin(whole, 0xdb) + 5;
        std::fill_n(file.begin() + static_cast<long>(table), 64, std::byte{});
        CHECK(refusal(file) == "p: is damaged");
    }
    for (const std::size_t i : {0u, 1u, 2u}) {
        const bytes whole = contents("rgb.jpg");
        const std::size_t tables = segment_begin(whole, 0xda) + 6 + 2 * i;
        const std::size_t in_frame = segment_begin(whole, 0xc0) + 12 + 3 * i;
        bytes file = whole;
        put(file, tables, {0x22});
        CHECK(refusal(file) == no_huffman);
        put(file, tables, {0x44});
        CHECK(refusal(file) == "p: is damaged");
        file = whole;
        put(file, in_frame, {2});
        CHECK(refusal(file) == no_quantisation);
        put(file, in_frame, {4});
        CHECK(refusal(file) == "p: is damaged");
    }

    // All tables, behind the scan.
    const bytes whole = contents("rgb.jpg");
    const std::size_t begin = segment_begin(whole, 0xc4);
    const std::size_t scan = segment_begin(whole, 0xda);
    const bytes tables(whole.begin() + static_cast<long>(begin), whole.begin() + static_cast<long>(scan));
    const bytes early = without_segments(whole, 0xc4);
    CHECK(refusal(inserted(early, early.size() - 2, tables)) == no_huffman);
    CHECK(accepted(inserted(early, 2, tables)) == decoded("rgb.jpg"));
}

TEST_CASE("refused: a JPEG whose frame or scan makes no sense") {
    const bytes whole = contents("rgb.jpg");
    const std::size_t frame = segment_begin(whole, 0xc0);
    const std::size_t scan = segment_begin(whole, 0xda);
    const auto refused = [&](std::size_t at, std::initializer_list<unsigned> values) {
        bytes file = whole;
        put(file, at, values);
        return refusal(file);
    };
    CHECK(refused(frame + 9, {0}) == "p: is damaged");
    CHECK(refused(frame + 9, {2}) == "p: is damaged");
    CHECK(refused(frame + 4, {12}) == "p: is a JPEG of more than 8 bits a channel, which is not read");
    CHECK(refused(frame + 1, {0xc3}) ==
          "p: is a lossless, hierarchical or arithmetic-coded JPEG where a baseline or progressive one was "
          "expected");
    CHECK(refused(frame + 11, {0x01}) == "p: is damaged");
    CHECK(refused(frame + 11, {0x51}) == "p: is damaged");
    CHECK(refused(frame + 11, {0x31, 0, 2, 0x21}) == "p: is damaged");
    CHECK(refused(frame + 5, {0, 0}) == "p: has 16 x 0 pixels where at least 2 x 2 were expected");
    CHECK(refused(scan + 4, {0}) == "p: is damaged");
    CHECK(refused(scan + 4, {2}) == "p: is damaged");
    CHECK(refused(scan + 5, {9}) == "p: is damaged");
    const unsigned second = std::to_integer<unsigned>(whole[scan + 7]);
    CHECK(refused(scan + 5, {second}) == "p: is damaged");
    const bytes again(whole.begin() + static_cast<long>(scan), whole.end() - 2);
    CHECK(refusal(inserted(whole, whole.size() - 2, again)) == "p: is damaged");
    const bytes frames(whole.begin() + static_cast<long>(frame),
                       whole.begin() + static_cast<long>(frame) + 19);
    CHECK(refusal(inserted(whole, frame, frames)) == "p: is damaged");
    CHECK(accepted(inserted(without_segments(whole, 0xc0), scan - frames.size(), frames)) ==
          decoded("rgb.jpg"));
}

TEST_CASE("a JPEG with restarts") {
    for (const unsigned interval : {0u, 1u, 2u, 3u, 7u, 8u, 100u}) {
        CAPTURE(interval);
        const picture p = accepted(jpeg_of_blocks(7, interval));
        for (int i = 0; i < 7; ++i) {
            const int since_restart = interval == 0 ? i : i % static_cast<int>(interval);
            CHECK(p.pixel(3, 8 * i + 4)[0] == std::min(128 + 16 * (since_restart + 1), 255));
        }
    }
}

TEST_CASE("refused: a JPEG whose scan ends before its picture") {
    for (const unsigned interval : {0u, 1u, 2u, 3u}) {
        CAPTURE(interval);
        const bytes whole = jpeg_of_blocks(7, interval);
        const std::size_t begin = segment_begin(whole, 0xda) + 10;
        for (std::size_t at = begin; at < whole.size() - 2; ++at) {
            CAPTURE(at);
            bytes file = whole;
            file.erase(file.begin() + static_cast<long>(at));
            const std::string why = refusal(file);
            const bool is_named = why == "p: is truncated" || why == "p: is damaged";
            REQUIRE(is_named);
            REQUIRE_FALSE(
                plait::decode_picture(joined({first(whole, at), bytes(whole.end() - 2, whole.end())})));
        }
    }
    // A restart that comes after too many bits, and one that is none.
    bytes late = jpeg_of_blocks(7, 1);
    CHECK(refusal(inserted(late, segment_begin(late, 0xda) + 10 + 2, bytes(1))) == "p: is damaged");
    put(late, segment_begin(late, 0xda) + 10 + 3, {0});
    CHECK(refusal(late) == "p: is damaged");

    for (const char* name : {"rgb.jpg", "grey.jpg", "progressive.jpg"}) {
        CAPTURE(name);
        const bytes whole = contents(name);
        const bytes end(whole.end() - 2, whole.end());
        for (std::size_t left = segment_begin(whole, 0xda) + 14; left < whole.size() - 2; ++left) {
            // Between two scans of a progressive picture nothing tells that there was another.
            const auto is_marker = [&](std::size_t at) {
                return whole[at] == std::byte{0xff} && whole[at + 1] != std::byte{};
            };
            if (is_marker(left) || is_marker(left - 1)) continue;
            CAPTURE(left);
            REQUIRE_FALSE(plait::decode_picture(joined({first(whole, left), end})));
        }
    }
}

TEST_CASE("refused: a JPEG with a component that no scan has") {
    bytes file = contents("progressive.jpg");
    const std::size_t frame = segment_begin(file, 0xc2);
    // The first component's number is the second one's, too, so that scans mean the first.
    put(file, frame + 13, {std::to_integer<unsigned>(file[frame + 10])});
    CHECK(refusal(file) == "p: is damaged");
    bytes grey = contents("grey.jpg");
    const std::size_t at = segment_begin(grey, 0xc0);
    put(grey, at + 2, {0, 17});
    put(grey, at + 9, {3});
    bytes more;
    append(more, {2, 0x11, 0, 3, 0x11, 0});
    CHECK(refusal(inserted(grey, at + 13, more)) == "p: has no scan of one of its components");
}

TEST_CASE("a palette's missing colours are black") {
    const std::vector<std::uint8_t> expected{1, 2, 3, 0, 0, 0, 1, 2, 3, 0, 0, 0};
    const bytes red_green_blue{std::byte{1}, std::byte{2}, std::byte{3}};
    const auto png = plait::decode_picture(png_of_chunks({chunk("PLTE", red_green_blue)}));
    REQUIRE_MESSAGE(png, png.error());
    CHECK(png->rgb == expected);

    const bytes blue_green_red{std::byte{3}, std::byte{2}, std::byte{1}, std::byte{0}};
    const auto bmp = plait::decode_picture(bmp_of_colours(40, blue_green_red));
    REQUIRE_MESSAGE(bmp, bmp.error());
    CHECK(bmp->rgb == expected);
}

TEST_CASE("an old BMP has all its colours") {
    bytes colours(3 * 256);
    put(colours, 0, {3, 2, 1, 6, 5, 4});
    put(colours, 3 * 255, {9, 8, 7});
    bytes file = bmp_of_colours(12, colours);
    put(file, file.size() - 8, {255, 1});
    const auto read = plait::decode_picture(file);
    REQUIRE_MESSAGE(read, read.error());
    CHECK(read->rgb == std::vector<std::uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 5, 6});
}

TEST_CASE("refused: a palette that begins after the pixels") {
    bytes file = bmp_of_colours(40, bytes(4));
    put(file, 10, {53});
    CHECK(refusal(file) == "p: is damaged");
}

TEST_CASE("refused: a PNG whose header is not the first chunk, or with chunks that are none") {
    // stb_image takes CgBI for Apple's own PNG, whose header comes next: with another size than was checked.
    bytes file = png_of_chunks({});
    const bytes apple = chunk("CgBI", bytes(13));
    file.insert(file.begin() + 8, apple.begin(), apple.end());
    put(file, 16, {0, 0, 0, 2, 0, 0, 0, 2});
    CHECK(refusal(file) == "p: is damaged");
    CHECK(refusal(png_of_chunks({chunk("A\nB\x1b", {})})) == "p: is damaged");
}

TEST_CASE("several threads read pictures, and refuse them, at once") {
    // What stb_image says of an unknown chunk is in memory that all threads share.
    const bytes unknown = png_of_chunks({chunk("ABCD", {})});
    const bytes sound = contents("rgb.png");
    std::atomic<int> right{0};
    std::vector<std::thread> crew;
    for (int i = 0; i < 4; ++i) {
        crew.emplace_back([&] {
            right += !plait::decode_picture(unknown);
            right += !!plait::decode_picture(sound);
        });
    }
    for (std::thread& t : crew) t.join();
    CHECK(right == 8);
}

TEST_CASE("a PNG's empty chunk of pixels does not matter") {
    CHECK(plait::decode_picture(png_of_chunks({chunk("PLTE", bytes(6)), chunk("IDAT", {})})));
}

TEST_CASE("refused: a small PNG that unpacks to more than the largest picture") {
    // One block of deflate with fixed codes: a zero, then 2.5 million copies of the 258 bytes before.
    bytes zipped;
    append(zipped, {0x78, 1});
    unsigned buffer = 0, held = 0;
    const auto put_bits = [&](unsigned bits, unsigned count) {
        buffer |= bits << held;
        for (held += count; held >= 8; held -= 8, buffer >>= 8) append(zipped, {buffer & 255});
    };
    put_bits(0b011, 3);
    put_bits(0b00001100, 8);  // the literal 0: 00110000 from its first bit on
    for (int i = 0; i < 2'500'000; ++i) put_bits(0b00000'10100011, 13);
    put_bits(0, 15);
    zipped.resize(zipped.size() + 4);
    CHECK(refusal(png_of_chunks({chunk("PLTE", bytes(6))}, zipped)) ==
          "p: is a PNG that cannot be decoded (outofmem)");
}

TEST_CASE("refused: a JPEG of more scans than any encoder makes") {
    const bytes whole = contents("progressive.jpg");
    std::size_t scan = 0;
    while (whole[scan] != std::byte{0xff} || whole[scan + 1] != std::byte{0xda}) ++scan;
    bytes file = first(whole, whole.size() - 2);
    for (int i = 0; i < 100; ++i)
        file.insert(file.end(), whole.begin() + static_cast<long>(scan), whole.end() - 2);
    file.insert(file.end(), whole.end() - 2, whole.end());
    CHECK(refusal(file) == "p: has more than 100 scans");
}

TEST_CASE("no damage makes a picture dangerous") {
    std::mt19937 random(6);
    std::vector<bytes> files{bmp_of(pattern(5, 4))};
    for (const char* name : {"rgb.png", "grey.png", "rgba.png", "palette.png", "sixteen_bit.png",
                             "interlaced.png", "rgb.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg"}) {
        files.push_back(contents(name));
    }
    for (const bytes& whole : files) {
        for (int round = 0; round < 500; ++round) {
            bytes damaged = whole;
            for (auto change = random() % 4 + 1; change > 0; --change) {
                std::byte& at = damaged[random() % damaged.size()];
                at = random() % 2 == 0 ? static_cast<std::byte>(random()) : at ^ std::byte{1} << random() % 8;
            }
            damaged.shrink_to_fit();
            const auto read = plait::decode_picture(damaged);
            if (!read) {
                REQUIRE(!read.error().empty());
                continue;
            }
            REQUIRE(read->rgb.size() == 3 * static_cast<std::size_t>(read->width * read->height));
        }
    }
}
