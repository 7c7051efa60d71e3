// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/picture.hpp"

#include <doctest/doctest.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <atomic>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <stb/stb_image_write.h>

#include "plait/io/safetensors.hpp"
#include "scratch_folder.hpp"

#ifndef PLAIT_SOURCE_DIR
#error "PLAIT_SOURCE_DIR must name the folder of the sources"
#endif

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

picture one_colour(int width, int height, std::uint8_t value) {
    const std::size_t count = 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    return {width, height, std::vector<std::uint8_t>(count, value)};
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
    file.insert(file.end(), colours.begin(), colours.end());
    append(file, {0, 1, 0, 0, 0, 1, 0, 0});
    return file;
}

/// Every pixel another.
picture pattern(int width, int height) {
    picture p{width, height, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (const int value : {x * 61 + y * 97, x * x * 13 + y * 7, 255 - x * 50 - y * 3}) {
                p.rgb.push_back(static_cast<std::uint8_t>(value));
            }
        }
    }
    return p;
}

std::vector<int> differences(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    REQUIRE(a.size() == b.size());
    std::vector<int> made;
    for (std::size_t i = 0; i < a.size(); ++i) made.push_back(std::abs(a[i] - b[i]));
    return made;
}

int largest_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    return std::ranges::max(differences(a, b));
}

/// With half-pixel centres and clamped borders.
std::vector<std::uint8_t> bilinear_in_double(const picture& from, plait::extent size) {
    const auto centre = [](int i, int inputs, int outputs) {
        return std::clamp((i + 0.5) * inputs / outputs - 0.5, 0.0, inputs - 1.0);
    };
    std::vector<std::uint8_t> values;
    for (int i = 0; i < size.pixels(); ++i) {
        const double y = centre(i / size.width, from.height, size.height);
        const double x = centre(i % size.width, from.width, size.width);
        const int top = static_cast<int>(y), left = static_cast<int>(x);
        const int bottom = std::min(top + 1, from.height - 1), right = std::min(left + 1, from.width - 1);
        for (int channel = 0; channel < 3; ++channel) {
            const double upper =
                std::lerp(from.pixel(top, left)[channel], from.pixel(top, right)[channel], x - left);
            const double lower =
                std::lerp(from.pixel(bottom, left)[channel], from.pixel(bottom, right)[channel], x - left);
            values.push_back(static_cast<std::uint8_t>(std::lround(std::lerp(upper, lower, y - top))));
        }
    }
    return values;
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

TEST_CASE("the centre square") {
    const picture wide = pattern(7, 4);
    const picture square = plait::centre_square(wide);
    REQUIRE(square.size() == plait::extent{4, 4});
    for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 4; ++x) {
            CHECK(std::equal(square.pixel(y, x), square.pixel(y, x) + 3, wide.pixel(y, x + 1)));
        }
    }

    const picture high = pattern(2, 5);
    const picture middle = plait::centre_square(high);
    REQUIRE(middle.size() == plait::extent{2, 2});
    CHECK(std::equal(middle.rgb.begin(), middle.rgb.end(), high.pixel(1, 0)));

    CHECK(plait::centre_square(square) == square);
}

TEST_CASE("resizing to the same size changes nothing") {
    const picture p = pattern(13, 9);
    CHECK(plait::resize(p, p.size()) == p);
}

TEST_CASE("resizing one colour keeps it") {
    for (const int grey : {0, 1, 100, 254, 255}) {
        const auto value = static_cast<std::uint8_t>(grey);
        const picture p = one_colour(37, 23, value);
        for (const plait::extent size : {plait::extent{1, 1}, plait::extent{32, 32}, plait::extent{7, 100},
                                         plait::extent{46, 5}, plait::extent{300, 300}}) {
            CHECK(plait::resize(p, size) == one_colour(size.width, size.height, value));
        }
    }
}

TEST_CASE("enlarging is bilinear between the centres of pixels") {
    const picture two{2, 1, {0, 40, 80, 200, 40, 0}};
    const picture four = plait::resize(two, {.height = 1, .width = 4});
    CHECK(four.rgb == std::vector<std::uint8_t>{0, 40, 80, 50, 40, 60, 150, 40, 20, 200, 40, 0});
    const picture upright{1, 2, {0, 40, 80, 200, 40, 0}};
    CHECK(plait::resize(upright, {.height = 4, .width = 1}).rgb == four.rgb);
}

TEST_CASE("shrinking weighs every pixel") {
    // Half the width: a triangle of weights 3, 3, 1 at the border, 1, 3, 3, 1 within.
    picture row{8, 1, std::vector<std::uint8_t>(24, 0)};
    row.rgb[3 * 2] = 255;
    const picture half = plait::resize(row, {.height = 1, .width = 4});
    CHECK(half.rgb[0] == 36);  // 255 x 1 / 7
    CHECK(half.rgb[3] == 96);  // 255 x 3 / 8
    CHECK(half.rgb[3 * 2] == 0);
    CHECK(half.rgb[3 * 3] == 0);

    // A white line is not lost, wherever it is.
    for (std::size_t line = 0; line < 64; ++line) {
        picture wide{64, 1, std::vector<std::uint8_t>(192, 0)};
        wide.rgb[3 * line] = 255;
        const picture small = plait::resize(wide, {.height = 1, .width = 8});
        int sum = 0;
        for (std::size_t x = 0; x < 8; ++x) sum += small.rgb[3 * x];
        CAPTURE(line);
        CHECK(sum >= 20);
        CHECK(sum <= 45);
    }
}

TEST_CASE("resizing agrees with Pillow's Image.resize(size, BILINEAR)") {
    const picture p = pattern(5, 4);
    CHECK(largest_difference(
              plait::resize(p, {.height = 2, .width = 3}).rgb,
              {95, 11, 232, 138, 63, 153, 141, 174, 74, 138, 22, 227, 141, 74, 148, 121, 185, 69}) <= 1);
    const std::vector<std::uint8_t> larger{
        0,   0,  255, 35,  7,  226, 78,  24, 191, 122, 52, 155, 166, 98,  119, 209, 156, 84, 244, 208, 55,
        49,  4,  254, 84,  11, 225, 127, 28, 190, 171, 56, 154, 123, 102, 118, 130, 160, 83, 165, 212, 54,
        113, 8,  251, 148, 15, 222, 179, 32, 187, 192, 60, 151, 84,  106, 115, 66,  164, 80, 101, 216, 51,
        178, 13, 250, 213, 20, 221, 195, 37, 186, 87,  65, 150, 100, 111, 114, 131, 169, 79, 166, 221, 50,
        115, 18, 248, 150, 25, 219, 156, 42, 184, 109, 70, 148, 153, 116, 112, 141, 174, 77, 103, 226, 48,
        35,  21, 246, 70,  28, 217, 113, 45, 182, 157, 73, 146, 201, 119, 110, 134, 177, 75, 23,  229, 46};
    CHECK(largest_difference(plait::resize(p, {.height = 6, .width = 7}).rgb, larger) <= 1);
}

TEST_CASE("bilinear resizing is the formula, to one grey level") {
    for (const plait::extent from : {plait::extent{9, 13}, plait::extent{64, 50}, plait::extent{1, 1},
                                     plait::extent{1, 7}, plait::extent{200, 333}}) {
        const picture p = pattern(from.width, from.height);
        CHECK(plait::resize_bilinear(p, p.size()) == p);
        for (const plait::extent to : {plait::extent{1, 1}, plait::extent{32, 32}, plait::extent{7, 100},
                                       plait::extent{100, 7}, plait::extent{352, 352}}) {
            CAPTURE(from.height);
            CAPTURE(to.height);
            CHECK(plait::resize_bilinear(p, to).size() == to);
            CHECK(largest_difference(plait::resize_bilinear(p, to).rgb, bilinear_in_double(p, to)) <= 1);
        }
    }
}

TEST_CASE("bilinear resizing makes what FastestDet was given") {
    const auto shared = std::filesystem::path(PLAIT_SOURCE_DIR) / "../shared";
    for (const std::string name : {"photo_0", "photo_1", "photo_3"}) {
        const auto expected = shared / "golden" / ("fastestdet_coco_" + name + ".expected.safetensors");
        if (!std::filesystem::exists(expected)) {
            MESSAGE("skipped: " << expected.string() << " is not there");
            continue;
        }
        const auto stored_bytes = plait::read_file(expected);
        REQUIRE(stored_bytes);
        const auto file = plait::safetensors::parse(*stored_bytes);
        REQUIRE(file);
        const plait::stored_tensor* const input = file->find("input");
        REQUIRE(input);
        const auto photo = plait::read_picture(shared / "pictures" / (name + ".jpg"));
        REQUIRE_MESSAGE(photo, photo.error());

        const picture small = plait::resize_bilinear(*photo, {.height = 352, .width = 352});
        constexpr std::size_t pixels = std::size_t{352} * 352;
        REQUIRE(input->bytes.size() == 3 * pixels);
        std::vector<std::uint8_t> blue_first;
        for (std::size_t channel : {2u, 1u, 0u}) {
            for (std::size_t i = 0; i < pixels; ++i) blue_first.push_back(small.rgb[3 * i + channel]);
        }
        std::vector<std::uint8_t> wanted;
        for (const std::byte byte : input->bytes) wanted.push_back(std::to_integer<std::uint8_t>(byte));
        // Decoders of JPEG differ by a grey level or two, here in 2.2 % of the values at most.
        CHECK(largest_difference(blue_first, wanted) <= 2);
        CHECK(std::ranges::count(differences(blue_first, wanted), 0) >= 0.97 * 3 * pixels);
    }
}

TEST_CASE("a picture becomes planes of [0, 1]") {
    const picture p{2, 2, {0, 255, 51, 1, 2, 3, 102, 0, 255, 4, 5, 6}};
    const auto input = plait::to_tensor<plait::shape{3, 2, 2}>(p);
    CHECK(input(0, 0, 0) == 0.0f);
    CHECK(input(1, 0, 0) == 1.0f);
    CHECK(input(2, 0, 0) == 51.0f / 255.0f);
    CHECK(input(0, 0, 1) == 1.0f / 255.0f);
    CHECK(input(0, 1, 0) == 102.0f / 255.0f);
    CHECK(input(2, 1, 0) == 1.0f);
    CHECK(input(2, 1, 1) == 6.0f / 255.0f);
}

TEST_CASE("a picture becomes a tensor less the mean, by the deviation") {
    const picture p = one_colour(4, 3, 51);
    const auto input = plait::to_tensor<plait::shape{3, 3, 4}>(p, plait::imagenet_normalisation);
    CHECK(input(0, 2, 3) == doctest::Approx((0.2 - 0.485) / 0.229));
    CHECK(input(1, 1, 0) == doctest::Approx((0.2 - 0.456) / 0.224));
    CHECK(input(2, 0, 0) == doctest::Approx((0.2 - 0.406) / 0.225));
    CHECK(plait::to_tensor<plait::shape{3, 3, 4}>(p) ==
          plait::to_tensor<plait::shape{3, 3, 4}>(p, plait::no_normalisation));
}

TEST_CASE("a network of OpenCV's pictures sees blue first") {
    const picture p = pattern(4, 3);
    constexpr plait::shape size{3, 3, 4};
    const auto blue_first =
        plait::to_tensor<size>(p, plait::imagenet_normalisation, plait::channel_order::bgr);
    const auto red_first = plait::to_tensor<size>(p, plait::imagenet_normalisation);
    for (int plane = 0; plane < 3; ++plane) {
        CHECK(std::equal(red_first.channel(plane), red_first.channel(plane) + 12,
                         blue_first.channel(2 - plane)));
    }
}

TEST_CASE("a picture of another size is resized to the tensor's") {
    const picture p = pattern(13, 9);
    CHECK(plait::to_tensor<plait::shape{3, 4, 6}>(p) ==
          plait::to_tensor<plait::shape{3, 4, 6}>(plait::resize(p, {.height = 4, .width = 6})));
}
