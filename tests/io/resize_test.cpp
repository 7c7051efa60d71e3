// SPDX-License-Identifier: BSD-3-Clause
#include "plait/io/resize.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "made_pictures.hpp"
#include "plait/io/file.hpp"
#include "plait/io/picture_reader.hpp"
#include "plait/io/safetensors.hpp"

using namespace made_pictures;
using plait::picture;

namespace {

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
