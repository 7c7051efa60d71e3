// SPDX-License-Identifier: BSD-3-Clause
#include "plait/models/fastestdet_decoding.hpp"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "golden_boxes.hpp"
#include "plait/io/file.hpp"
#include "plait/io/safetensors.hpp"

using namespace plait;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// Two classes on a map of 2 x 4 cells.
constexpr shape small{.channels = 7, .height = 2, .width = 4};

/// Certain of class 1 at row 1, column 2.
tensor<float, small> one_object() {
    tensor<float, small> map{};
    map(0, 1, 2) = 1;
    map(6, 1, 2) = 1;
    return map;
}

template <shape Shape>
tensor<float, Shape> read(const safetensors& file, const char* name) {
    const stored_tensor* const stored = file.find(name);
    REQUIRE(stored);
    tensor<float, Shape> values;
    REQUIRE(stored->elements() == values.size());
    REQUIRE(copy_as_float(*stored, values.data()));
    return values;
}

}  // namespace

TEST_CASE("one cell makes one object") {
    const auto objects = decode_fastestdet(one_object(), 0.65f);
    REQUIRE(objects.size() == 1);
    // The box terms are zeros: the centre is the cell's corner, the size half the picture.
    CHECK(objects[0] == detected_object{1, 1.0f, {0.25f, 0.25f, 0.75f, 0.75f}});

    auto map = one_object();
    map(0, 1, 2) = 0.5f;
    map(6, 1, 2) = 0.25f;
    const double score = std::pow(0.5, 0.6) * std::pow(0.25, 0.4);
    CHECK(decode_fastestdet(map, 0.0f).at(0).score == doctest::Approx(score));
    CHECK(decode_fastestdet(map, static_cast<float>(score) + 1e-4f).empty());

    map(1, 1, 2) = 100;
    map(2, 1, 2) = -100;
    map(3, 1, 2) = 100;
    map(4, 1, 2) = -100;
    const box where = decode_fastestdet(map, 0.0f).at(0).where;
    CHECK(where.left == doctest::Approx(0.25));
    CHECK(where.right == doctest::Approx(1.25));
    CHECK(where.top == doctest::Approx(0));
    CHECK(where.bottom == doctest::Approx(0));
}

TEST_CASE("a score is above the threshold, not at it") {
    CHECK(decode_fastestdet(one_object(), 1.0f).empty());
    CHECK(decode_fastestdet(tensor<float, small>{}, 0.0f).empty());
    CHECK(decode_fastestdet(one_object(), not_a_number).empty());
}

TEST_CASE("of equally likely classes the first is taken") {
    auto map = one_object();
    map(5, 1, 2) = 1;
    CHECK(decode_fastestdet(map, 0.65f).at(0).category == 0);
}

TEST_CASE("a value that is no finite number makes its cell have no object") {
    for (const float bad : {not_a_number, infinity, -infinity}) {
        for (int channel = 0; channel < small.channels; ++channel) {
            CAPTURE(channel);
            auto map = one_object();
            map(0, 0, 0) = map(5, 0, 0) = 0.9f;
            map(channel, 1, 2) = bad;
            const auto objects = decode_fastestdet(map, 0.65f);
            REQUIRE(objects.size() == 1);
            CHECK(objects[0].category == 0);
        }
    }
}

TEST_CASE("the objects that PyTorch finds in FastestDet's output") {
    const auto answers = std::filesystem::path(PLAIT_SOURCE_DIR) / "../shared/golden";
    for (const std::string photo : {"photo_0", "photo_1", "photo_3"}) {
        const auto path = answers / ("fastestdet_coco_" + photo + ".expected.safetensors");
        if (!std::filesystem::exists(path)) {
            MESSAGE("skipped: " << path.string() << " is not there");
            continue;
        }
        CAPTURE(photo);
        const auto bytes = read_file(path);
        REQUIRE(bytes);
        const auto file = safetensors::parse(*bytes);
        REQUIRE(file);
        const auto output = read<shape{85, 22, 22}>(*file, "output");
        golden::check_boxes(output, *file);
    }
}
