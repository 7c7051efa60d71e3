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
